// A page within this process, with a clock that only a test moves: what happens in an hour takes no
// time, and what is left to happen can be counted.
import { afterEach } from 'node:test';

const undo = [];
afterEach(() => { for (const put of undo.splice(0).reverse()) put(); });

// Puts something in the place of a global until the test is over.
function replace(name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  undo.push(() => {
    delete globalThis[name];
    if (before) Object.defineProperty(globalThis, name, before);
  });
}

// Lets messages between ports arrive, and what follows from them.
export async function settled() {
  for (let i = 0; i < 20; ++i) await new Promise((done) => setImmediate(done));
}

// Takes the place of timers. `pending` says when those that are left are due.
export class FakeClock {
  now = 0;
  #timers = new Map();
  #last = 0;

  constructor() {
    replace('setTimeout', (fn, ms = 0, ...values) => {
      this.#timers.set(++this.#last, { at: this.now + ms, run: () => fn(...values) });
      return this.#last;
    });
    replace('clearTimeout', (id) => { this.#timers.delete(id); });
  }

  get pending() { return [...this.#timers.values()].map(({ at }) => at - this.now); }

  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      await settled();
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
      if (!next || next[1].at > end) break;
      const [id, { at, run }] = next;
      this.#timers.delete(id);
      this.now = at;
      run();
    }
    this.now = end;
  }
}

// One request, as a server sees it. Without an answer, it is under way.
class FakeRequest {
  constructor(url, { headers, signal }, now) {
    this.url = new URL(url);
    this.token = headers.Authorization?.replace('Bearer ', '');
    this.lastId = headers['Last-Event-ID'];
    this.at = now;
    this.answer = new Promise((done, fail) => {
      this.done = (answer) => {
        this.isDone = !answer.body || answer.status !== 200 || this.url.pathname !== '/live';
        done(answer);
      };
      this.fail = fail;
    });
    signal.addEventListener('abort', () => {
      this.isAborted = true;
      this.fail(signal.reason);
      this.body?.error(signal.reason);
    });
  }

  // The network breaks, before an answer or after it.
  cut() {
    this.fail(new TypeError('fetch failed'));
    this.body?.error(new TypeError('terminated'));
  }

  refuse(status, headers) {
    this.done(new Response(JSON.stringify({ status }), { status, headers }));
  }

  give(value) {
    this.done(new Response(JSON.stringify(value), { headers: { 'Freshet-Position': '9' } }));
  }

  write(text) {
    const start = (body) => { this.body = body; };
    if (!this.body) this.done(new Response(new ReadableStream({ start })));
    this.body.enqueue(new TextEncoder().encode(text));
  }

  // As a server of which nothing can be had at the moment: it says when to come again.
  endWith(retry) {
    this.write(`retry: ${retry}\n\n: later\n\n`);
    this.body.close();
  }

  show(value) {
    this.write('retry: 2000\n\nevent: hello\ndata: {}\n\nid: 5f.9-0-1\n\n');
    const views = this.url.searchParams.getAll('view');
    views.forEach((view, i) => {
      const id = i === views.length - 1 ? 'id: 5f.9-9-1\n' : '';
      this.write(`${id}event: snapshot\ndata: ${JSON.stringify({ view, data: value })}\n\n`);
    });
  }

  send(type, data) { this.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`); }
}

// Takes the place of fetch; `answer` is called with each request.
export function fakeServer(clock, answer = () => {}) {
  const server = { requests: [], answer };
  server.fetch = (url, options) => {
    const request = new FakeRequest(url, options, clock.now);
    server.requests.push(request);
    server.answer(request, server.requests.length - 1);
    return request.answer;
  };
  return server;
}

// Makes this process a page. Locks are there, and last until they are let go of.
export function fakePage() {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { hidden: false });
  const queues = new Map();
  const grant = async (name) => {
    const queue = queues.get(name);
    await Promise.resolve(queue[0]?.());
    queue.shift();
    if (queue[0]) grant(name);
  };
  const request = (name, ...more) => new Promise((done, fail) => {
    const fn = more.pop();
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    const turn = async () => done(await fn());
    more[0]?.signal.addEventListener('abort', () => {
      const place = queue.indexOf(turn);
      if (place < 1) return;
      queue.splice(place, 1);
      fail(more[0].signal.reason);
    });
    queue.push(turn);
    if (queue.length === 1) grant(name);
  });
  replace('document', document);
  replace('navigator', { locks: { request } });
  replace('addEventListener', window.addEventListener.bind(window));
  const happen = (type, persisted, targets = [window]) => {
    for (const target of targets) {
      target.dispatchEvent(Object.assign(new Event(type), { persisted }));
    }
  };
  return {
    // The event bubbles.
    see(isSeen) {
      document.hidden = !isSeen;
      happen('visibilitychange', undefined, [document, window]);
    },
    load() { happen('pageshow', false); },
    online() { happen('online'); },
    leave() { happen('pagehide', true); },
    comeBack() { happen('pageshow', true); },
  };
}
