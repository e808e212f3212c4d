// Nothing of a client runs after close(): no timer, no call of its functions, no request.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { afterEach, test } from 'node:test';

import { connect } from '../../clients/js/freshet.js';
import { FakeClock, fakePage, fakeServer, settled } from './fake_page.mjs';

const clients = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await settled();
});

const silent = () => {};
const never = () => new Promise(silent);
const showing = (request) => (request.url.pathname === '/live' ? request.show(1) : request.give(1));

// A client whose calls can be counted. `isOver` fails if there was one since it was closed.
function begin(options = {}, { answer = showing, isPage = true } = {}) {
  const clock = new FakeClock();
  const page = isPage ? fakePage() : null;
  const server = fakeServer(clock, answer);
  let calls = 0;
  const open = (own = {}) => {
    const told = { token: () => 't', ...options, ...own };
    for (const name of ['token', 'renew']) {
      const fn = told[name];
      if (fn) told[name] = () => ++calls && fn();
    }
    const client = connect('http://fake/', { fetch: server.fetch, ...told });
    clients.push(client);
    return client;
  };
  const isOver = async () => {
    const before = calls;
    const { length } = server.requests;
    await settled();
    assert.deepEqual(clock.pending, []);
    await clock.pass(3_600_000);
    assert.equal(calls, before, 'a function is called');
    assert.equal(server.requests.length, length, 'something is asked for');
    assert.ok(server.requests.every(({ isAborted, isDone }) => isAborted || isDone));
  };
  return { clock, page, server, open, client: open(), isOver };
}

const failing = () => Promise.reject(new Error('no network'));

for (const [what, use] of Object.entries({
  'a view is shown': (client) => client.view('a').subscribe(silent),
  'a view was left just before': (client) => client.view('a').subscribe(silent)(),
  'a value is awaited': (client) => client.view('a').ready().catch(silent),
  'a position is awaited': (client) => client.view('a').at(12).catch(silent),
  'a loop runs': async (client) => { for await (const _ of client.view('a')); },
  'events are heard': (client) => client.on({}, silent),
  'a read is under way': (client) => client.get('a').catch(silent),
})) {
  for (const [how, options, more] of [
    ['', {}],
    [', which the server refuses', {}, { answer: (request) => request.refuse(503) }],
    [', which the server leaves waiting', {}, { answer: silent }],
    [', where no token is to be had', { token: failing }],
    [', where a token never comes', { token: never }, { answer: (request) => request.refuse(401) }],
  ]) {
    test(`nothing runs after close() where ${what}${how}`, async () => {
      for (const ms of [0, 10, 30, 200, 3_000, 11_000]) {
        const { clock, client, isOver } = begin(options, more);
        use(client);
        await clock.pass(ms);
        client.close();
        await isOver();
      }
    });
  }
}

test('what is asked of a client that is closed is refused, and asks for nothing', async () => {
  const { clock, client, isOver } = begin();
  client.view('a').subscribe(silent);
  await clock.pass(100);
  client.close();
  const stop = client.view('a').subscribe(silent);
  stop();
  client.view('b').subscribe(silent)();
  client.on({}, silent)();
  await assert.rejects(client.get('a'), { name: 'AbortError' });
  await assert.rejects(client.view('a').ready());
  await assert.rejects(client.view('a').at(12));
  for await (const _ of client.view('a')) assert.fail('there is nothing to loop over');
  await isOver();
});

test('a read that waits for a token is refused at close()', async () => {
  const { clock, client, isOver } = begin({ token: never });
  let said;
  client.get('a').catch(({ name }) => { said = name; });
  await clock.pass(100);
  client.close();
  await isOver();
  assert.equal(said, 'AbortError');
});

test('a read that is refused after close() renews nothing', async () => {
  const { clock, server, client, isOver } = begin({ renew: silent }, { answer: silent });
  client.get('a').catch(silent);
  await clock.pass(100);
  client.close();
  server.requests[0].refuse(401);
  await isOver();
});

test('a read whose fetch knows no signals renews nothing after close()', async () => {
  const { signal } = new AbortController();
  let ask;
  const { clock, server, client } = begin({
    renew: () => assert.fail('it is closed'),
    fetch: (url, options) => ask(url, { ...options, signal }),
  }, { answer: silent });
  ask = server.fetch;
  let said;
  client.get('a').catch(({ name }) => { said = name; });
  await clock.pass(100);
  client.close();
  server.requests[0].refuse(401);
  await settled();
  assert.equal(said, 'AbortError');
});

test('a token is not asked for where close() comes before the renewal ends', async () => {
  let renewed;
  const { clock, server, client, isOver } =
    begin({ renew: () => new Promise((done) => { renewed = done; }) });
  client.view('a').subscribe(silent);
  await clock.pass(100);
  server.requests[0].send('expiring', { exp: 1 });
  await clock.pass(100);
  client.close();
  renewed();
  await isOver();
});

test('a token that comes after close() is used for nothing', async () => {
  let give;
  const { clock, client, isOver } = begin({ token: () => new Promise((done) => { give = done; }) });
  client.view('a').subscribe(silent);
  await clock.pass(100);
  client.close();
  give('t');
  await isOver();
});

test('tells once that it is closed', async () => {
  const { client } = begin();
  const states = [];
  client.onState((state) => {
    states.push(state);
    client.close();
  });
  client.close();
  assert.deepEqual(states, ['connecting', 'closed']);
});

test('a page that comes back does not open what was closed', async () => {
  const { clock, page, client, isOver } = begin();
  client.view('a').subscribe(silent);
  await clock.pass(100);
  client.close();
  page.leave();
  page.comeBack();
  page.online();
  page.see(false);
  page.see(true);
  await isOver();
});

test('a page that has loaded opens nothing again', async () => {
  const { clock, page, server, client, isOver } = begin();
  client.view('a').subscribe(silent);
  await clock.pass(100);
  page.load();
  await clock.pass(100);
  assert.equal(server.requests.length, 1);
  client.close();
  await isOver();
});

test('a page that comes back opens again, and can be closed then', async () => {
  const { clock, page, server, client, isOver } = begin();
  client.view('a').subscribe(silent);
  await clock.pass(100);
  page.leave();
  await clock.pass(100);
  assert.equal(server.requests.filter(({ isAborted }) => !isAborted).length, 0);
  page.comeBack();
  await clock.pass(100);
  assert.equal(server.requests.filter(({ isAborted }) => !isAborted).length, 1);
  client.close();
  await isOver();
});

test('nothing runs after close() in tabs without a SharedWorker', async () => {
  for (const isLeaderFirst of [true, false]) {
    const { clock, client, open, isOver, server } = begin({ shared: true });
    const other = open();
    client.view('a').subscribe(silent);
    other.view('b').subscribe(silent);
    await clock.pass(200);
    assert.equal(other.state, 'open');
    assert.equal(server.requests.filter(({ isAborted }) => !isAborted).length, 1);
    if (isLeaderFirst) client.close();
    else other.close();
    await clock.pass(10_000);
    assert.equal(server.requests.filter(({ isAborted }) => !isAborted).length, 1);
    client.close();
    other.close();
    await isOver();
  }
});

test('a tab that closes before it leads never does', async () => {
  const { client, open, isOver } = begin({ shared: true });
  await settled();
  const other = open();
  other.view('b').subscribe(silent);
  client.close();
  other.close();
  await isOver();
});

test('does not do without a SharedWorker that comes late, after close()', async () => {
  const { port1, port2 } = new MessageChannel();
  globalThis.SharedWorker = class { port = port1; };
  try {
    const { clock, client, isOver } = begin({ shared: true });
    client.view('a').subscribe(silent);
    await clock.pass(1_000);
    client.close();
    await isOver();
  } finally {
    delete globalThis.SharedWorker;
    port2.close();
  }
});

test('a process of Node.js ends after close()', async () => {
  const source = new URL('../../clients/js/freshet.js', import.meta.url);
  const program = `
    import { connect } from '${source}';
    const never = () => new Promise(() => {});
    for (const token of [undefined, 't', () => 't', never]) {
      const client = connect('http://127.0.0.1:9/', { token });
      client.view('a').subscribe(() => {});
      client.view('b').ready().catch(() => {});
      client.get('c').catch(() => {});
      setTimeout(() => client.close(), 100);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program],
    { stdio: 'inherit' });
  const late = setTimeout(() => child.kill(), 5_000);
  const [code, signal] = await new Promise((done) => child.on('exit', (...end) => done(end)));
  clearTimeout(late);
  assert.deepEqual([code, signal], [0, null]);
});
