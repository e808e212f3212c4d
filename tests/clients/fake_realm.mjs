// The inside of one thread of fake_browser.mjs: what a tab or a SharedWorker finds there.
import { parentPort, workerData } from 'node:worker_threads';

const granted = new Map();
let ids = 0;

const locks = {
  request(name, ...more) {
    const fn = more.pop();
    const [{ signal } = {}] = more;
    const id = ++ids;
    return new Promise((done, fail) => {
      granted.set(id, async () => {
        granted.delete(id);
        await fn();
        parentPort.postMessage({ lock: { name, id, ends: true } });
        done();
      });
      signal?.addEventListener('abort', () => {
        if (!granted.delete(id)) return;
        parentPort.postMessage({ lock: { name, id, ends: true } });
        fail(signal.reason);
      });
      parentPort.postMessage({ lock: { name, id } });
    });
  },
};
Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });

class FakeSharedWorker {
  constructor(url, { name, type }) {
    if (type !== 'module') throw new Error('the client is a module');
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    if (workerData.hasSharedWorkers === 'broken') {
      setTimeout(() => this.onerror(new Error('no such file')), 1);
      return;
    }
    parentPort.postMessage({ connect: { name, port: port2 } }, [port2]);
  }
}

if (workerData.is === 'worker') {
  globalThis.SharedWorkerGlobalScope = class {};
  globalThis.name = workerData.name;
  const early = [];
  parentPort.on('message', ({ port }) => {
    if (!port) return;
    if (globalThis.onconnect) globalThis.onconnect({ ports: [port] });
    else early.push(port);
  });
  await import('../../clients/js/freshet.js');
  for (const port of early) globalThis.onconnect({ ports: [port] });
} else {
  if (workerData.hasSharedWorkers) globalThis.SharedWorker = FakeSharedWorker;
  const { connect } = await import('../../clients/js/freshet.js');
  const { url, options } = workerData;
  let tokens = 0;
  const own = options.tokens ? { token: async () => options.tokens + ++tokens } : {};
  const client = connect(url, { shared: true, ...options, ...own });
  client.onState((state) => parentPort.postMessage({ state }));
  const stops = {};
  const act = {
    on({ topic }) {
      stops[topic] = client.on({ topic }, (data, { id }) =>
        parentPort.postMessage({ heard: { topic, data, id } }));
    },
    watch({ name }) {
      const view = client.view(name);
      stops[name] = view.subscribe((value) =>
        parentPort.postMessage({ view: { name, value, status: view.status } }));
    },
    stop({ what }) { stops[what](); },
    close() { client.close(); },
  };
  parentPort.on('message', (message) => act[message.do]?.(message));
}
parentPort.on('message', ({ granted: id }) => granted.get(id)?.());
