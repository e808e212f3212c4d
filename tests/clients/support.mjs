// What the tests of the client have in common: chance that can be repeated, waiting, and a server
// that says what a test has it say.
import { createServer } from 'node:http';

export const seed = Number(process.env.FRESHET_SEED ?? 20261120);

// Numbers below `n`, the same ones for the same seed.
export function chance(own = 0) {
  let state = (Math.imul(seed, 2654435761) + own) >>> 0;
  const below = (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
  return { below, one: (list) => list[below(list.length)], is: (n) => below(n) === 0 };
}

// Waits until the test holds, and fails with what it said last.
export async function until(test, what = String(test)) {
  const end = Date.now() + 10_000;
  while (!(await test())) {
    if (Date.now() > end) throw new Error('never came true: ' + what);
    await new Promise((done) => setTimeout(done, 2));
  }
}

// Short, so that no test has to wait.
export const times = { batch: 5, linger: 50, silence: 5_000, retry: 10, most: 40, lag: 20 };

// One stream as a server writes it.
export class FakeStream {
  constructor(request, response) {
    this.url = new URL(request.url, 'http://fake');
    this.headers = request.headers;
    this.response = response;
    this.isOpen = true;
    response.on('close', () => { this.isOpen = false; });
  }

  get views() { return this.url.searchParams.getAll('view'); }
  get lastId() { return this.headers['last-event-id']; }

  refuse(status, problem = {}, headers = {}) {
    this.response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers });
    this.response.end(JSON.stringify({ title: 'no', ...problem, status }));
  }

  begin(id, { retry = 10, hello = 'hello', data = {} } = {}) {
    this.response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    this.write(`retry: ${retry}\n\n`);
    this.send(hello, data);
    if (id) this.mark(id);
  }

  write(text) { this.response.write(text); }
  mark(id) { this.write(`id: ${id}\n\n`); }
  send(type, data, id) {
    this.write((id ? `id: ${id}\n` : '') + `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  snapshot(view, data, id) { this.send('snapshot', { view, data }, id); }
  cut() { this.response.destroy(); }
  end() { this.response.end(); }
}

// Keeps every stream that was asked for; `answer` is called with each.
export async function fakeServer(answer = () => {}) {
  const streams = [];
  const reads = [];
  const fake = { streams, reads, answer, read: null };
  const server = createServer((request, response) => {
    if (request.url.startsWith('/views/')) {
      reads.push(request);
      fake.read(request, response);
      return;
    }
    const stream = new FakeStream(request, response);
    streams.push(stream);
    fake.answer(stream, streams.length - 1);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  fake.url = `http://127.0.0.1:${server.address().port}/`;
  fake.open = () => streams.filter((stream) => stream.isOpen);
  fake.close = () => {
    server.close();
    server.closeAllConnections(); // those too that a fetch has left idle
  };
  return fake;
}
