// How soon a page is right again after an outage, whatever became of its credential meanwhile.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { connect } from '../../clients/js/freshet.js';
import { FakeClock, fakePage, fakeServer, settled } from './fake_page.mjs';

const clients = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await settled();
});

const minute = 60_000;
const silent = () => {};
const cut = (request) => request.cut();

// A page that shows `a`. Its tokens are t1, t2 and so on.
async function begin(answer, options = {}) {
  const clock = new FakeClock();
  const page = fakePage();
  const server = fakeServer(clock, answer);
  const made = [];
  const token = () => made.push(clock.now) && 't' + made.length;
  const client = connect('http://fake/', { fetch: server.fetch, token, ...options });
  clients.push(client);
  client.view('a').subscribe(silent);
  await clock.pass(100);
  return { clock, page, server, made, client };
}

const showing = (request) => request.show(1);
const newest = ({ requests }) => requests.at(-1);
const waitsOf = ({ requests }) =>
  requests.slice(1).map(({ at }, i) => at - requests[i].at).filter((wait) => wait > 0);

// What a server makes of a token that has ended: a while later it is refused, sometimes by a proxy
// whose answers a page may not see.
const ends = {
  'ends the stream before anything': (request) => request.endWith(5_000),
  'refuses the stream': (request) => request.refuse(401),
  'refuses the stream where the page cannot see it': cut,
};

for (const [how, answer] of Object.entries(ends)) {
  test(`renews at once where the server ${how}`, async () => {
    const { clock, server, made, client } = await begin(showing);
    assert.equal(client.view('a').status, 'live');
    server.answer = (request) => (request.token === 't1' ? answer(request) : request.show(2));
    newest(server).cut();
    await clock.pass(3_000);

    assert.equal(client.view('a').status, 'live');
    assert.equal(client.view('a').value, 2);
    assert.equal(made.length, 2);
    const [, old, fresh] = server.requests;
    assert.equal(fresh.at, old.at, 'no time passes between the two');
  });

  test(`is right soon after an outage of ten minutes, where the server ${how}`, async () => {
    const { clock, server, made, client } = await begin(showing);
    server.answer = cut;
    newest(server).cut();
    await clock.pass(10 * minute);
    assert.equal(client.state, 'waiting');
    // All tokens have ended that were made until now.
    const ended = made.length;
    server.answer = (request) =>
      (Number(request.token.slice(1)) > ended ? request.show(2) : answer(request));
    await clock.pass(6_000);

    assert.equal(client.view('a').status, 'live');
  });
}

test('renews a cookie that has ended where it cannot see so', async () => {
  let renewed = 0;
  const { clock, server, client } = await begin(showing,
    { token: undefined, renew: () => { ++renewed; } });
  server.answer = (request) => (renewed ? request.show(2) : request.cut());
  newest(server).cut();
  await clock.pass(3_000);

  assert.equal(client.view('a').value, 2);
  assert.equal(renewed, 1);
});

test('asks for one token for each try while the server is down', async () => {
  const { clock, server, made } = await begin(showing);
  server.answer = cut;
  newest(server).cut();
  await clock.pass(10 * minute);
  const tries = server.requests.length - 1;

  assert.ok(made.length <= tries, `${made.length} tokens in ${tries} tries`);
  assert.ok(made.length <= 10 * minute / 4_000, `${made.length} tokens`);
  assert.equal(new Set(made.slice(1)).size, made.length - 1, 'never two of them at one moment');
});

test('asks for no token where the server says that it is something else', async () => {
  const { clock, server, made } = await begin(showing);
  server.answer = (request, i) => request.refuse([502, 503, 429, 408][i % 4]);
  newest(server).cut();
  await clock.pass(10 * minute);
  assert.equal(made.length, 1);
});

test('asks for one token for all its connections', async () => {
  const { clock, server, made, client } = await begin((request) => {
    if (request.url.searchParams.getAll('view').length > 3) request.refuse(400);
    else request.show(1);
  });
  for (const name of 'bcdefgh') client.view(name).subscribe(silent);
  await clock.pass(1_000);
  const open = server.requests.filter(({ isAborted, body }) => body && !isAborted);
  assert.ok(open.length > 2, `${open.length} connections`);
  server.answer = (request) => (request.token === 't1' ? request.cut() : request.show(2));
  for (const request of open) request.cut();
  await clock.pass(6_000);

  assert.equal(client.view('h').value, 2);
  assert.equal(client.view('a').value, 2);
  assert.equal(made.length, 2);

  server.answer = cut;
  for (const request of server.requests) request.cut();
  await clock.pass(10 * minute);
  assert.ok(made.length <= 10 * minute / 3_000, `${made.length} tokens`);
});

test('what is wanted meanwhile costs no token', async () => {
  const { clock, made, server, client } = await begin(silent);
  for (const name of 'bcd') {
    client.view(name).subscribe(silent);
    await clock.pass(1_000);
  }
  assert.equal(server.requests.filter(({ isAborted }) => !isAborted).length, 1);
  assert.equal(made.length, 1);
});

test('tries about every five seconds on a page that is seen', async () => {
  const { clock, server } = await begin(cut);
  await clock.pass(10 * minute);
  const waits = waitsOf(server);
  assert.ok(waits.every((wait) => wait >= 2_000 && wait <= 6_000), `${waits}`);
  assert.ok(new Set(waits).size > 50, 'not all pages at one moment');
});

test('tries less often on a page that is not seen, and at once when it is', async () => {
  const { clock, page, server, client } = await begin(cut);
  page.see(false);
  await clock.pass(10 * minute);
  const waits = waitsOf(server).slice(-5);
  assert.ok(waits.every((wait) => wait >= 30_000 && wait <= 45_000), `${waits}`);

  const before = server.requests.length;
  page.see(true);
  await settled();
  assert.equal(server.requests.length, before + 1);
  await clock.pass(minute);
  assert.ok(server.requests.length >= before + 10);
  page.see(false);
  await settled();
  server.answer = showing;
  page.online();
  await settled();
  assert.equal(client.state, 'open');
});

test('tries often where one of the tabs is seen, be it another one', async () => {
  const { clock, page, server } = await begin(cut, { shared: true });
  page.see(false);
  const seen = Object.assign(new EventTarget(), { hidden: false });
  const unseen = globalThis.document;
  globalThis.document = seen;
  const other = connect('http://fake/', { shared: true, fetch: server.fetch });
  clients.push(other);
  await settled();
  globalThis.document = unseen;
  await clock.pass(10 * minute);
  const waits = waitsOf(server).slice(-5);
  assert.ok(waits.every((wait) => wait <= 6_000), `${waits}`);

  other.close();
  await clock.pass(10 * minute);
  const later = waitsOf(server).slice(-5);
  assert.ok(later.every((wait) => wait >= 30_000), `${later}`);
});

test('waits once for as long as the server says, and then as before', async () => {
  const { clock, server } = await begin(showing);
  server.answer = cut;
  newest(server).endWith(20_000);
  await clock.pass(5 * minute);
  const [first, ...more] = waitsOf(server);
  assert.ok(first >= 20_000 && first <= 31_000, `${first}`);
  assert.ok(more.every((wait) => wait <= 6_000), `${more}`);
});

test('says that it waits where a token never comes, and takes the next one', async () => {
  let asked = 0;
  const answer = (request) => (request.token ? request.show(1) : request.refuse(401));
  const { clock, client } = await begin(answer, {
    token: () => (++asked < 3 ? new Promise(silent) : 't'),
  });
  assert.equal(client.state, 'connecting');
  let said;
  client.get('a').catch(({ message }) => { said = message; });
  await clock.pass(9_000);
  assert.equal(asked, 1, 'nobody asks while another one does');
  await clock.pass(2_000);
  assert.equal(said, 'no token');
  assert.equal(client.state, 'waiting');
  await clock.pass(20_000);

  assert.equal(client.view('a').value, 1);
  assert.equal(asked, 3);
});

test('one token is enough for a read and a stream that are refused at one moment', async () => {
  const { server, made, client, clock } = await begin(showing);
  let give;
  server.answer = (request) => {
    if (request.token === 't1') request.refuse(401);
    else if (request.url.pathname === '/live') request.show(2);
    else request.give(3);
  };
  client.options.token = () => {
    made.push(clock.now);
    return new Promise((done) => { give = () => done('t2'); });
  };
  let read;
  client.get('a').then(({ value }) => { read = value; });
  newest(server).cut();
  await clock.pass(3_000);
  give();
  await settled();

  assert.equal(read, 3);
  assert.equal(client.view('a').value, 2);
  assert.equal(made.length, 2);
});

test('asks another tab where the one that was asked is closed', async () => {
  const { clock, server, client } = await begin(showing, { shared: true });
  let isAsked = false;
  const other = connect('http://fake/', {
    shared: true,
    fetch: server.fetch,
    token: () => {
      if (server.requests.length < 2) return 't1';
      isAsked = true;
      other.close();
      return new Promise(silent);
    },
  });
  await settled();
  server.answer = (request) => (request.token === 't1' ? request.refuse(401) : request.show(2));
  newest(server).cut();
  await clock.pass(9_000);

  assert.ok(isAsked);
  assert.equal(client.view('a').value, 2);
});

test('waits no longer than ten seconds for a tab that does not answer', async () => {
  const { clock, server, client } = await begin(showing, { shared: true });
  const frozen = connect('http://fake/', { shared: true, fetch: server.fetch, token: () => 't1' });
  clients.push(frozen);
  await clock.pass(100);
  frozen.receive = silent;
  server.answer = (request) => (request.token === 't1' ? request.refuse(401) : request.show(2));
  newest(server).cut();
  await clock.pass(8_000);
  assert.equal(client.state, 'waiting');
  await clock.pass(12_000);
  assert.equal(client.view('a').value, 2);
});

test('a stream that says at once that its token expires is left to end', async () => {
  const { clock, server, client } = await begin(showing);
  for (let i = 0; i < 3; ++i) {
    newest(server).send('expiring', { exp: 1 });
    await clock.pass(100);
  }
  assert.equal(server.requests.length, 2);
  assert.equal(client.state, 'open');
});

test('asks one tab at a time, though tabs hear one another', async () => {
  const { clock, server, client, made } = await begin(showing, { shared: true });
  const others = [1, 2].map((i) => connect('http://fake/', {
    shared: true,
    fetch: server.fetch,
    token: () => {
      if (made.push(clock.now) > 50) for (const one of clients) one.close();
      return 'of tab ' + i;
    },
  }));
  clients.push(...others);
  await clock.pass(100);
  const before = made.length;
  newest(server).send('expiring', { exp: 1 });
  await clock.pass(100);

  assert.equal(made.length, before + 1);
  assert.equal(client.view('a').status, 'live');
});

// It has let go of what it showed, so changes alone would not do.
test('a view that is wanted again while a token is asked for begins again', async () => {
  const hello = 'retry: 2000\n\nevent: hello\ndata: {}\n\n';
  const answer = (request) => (
    request.lastId?.endsWith('-9-1') ? request.write(hello) : request.show(1));
  const given = [];
  const { clock, server, client, made } = await begin(answer, {
    token: () => made.push(clock.now) && (made.length < 2 ? 't1'
      : new Promise((done) => { given.push(done); })),
  });
  const stop = client.view('b').subscribe(silent);
  await clock.pass(100);
  stop();
  await clock.pass(4_900);
  newest(server).send('expiring', { exp: 1 });
  await clock.pass(200);
  client.view('b').subscribe(silent);
  await clock.pass(100);
  for (const done of given) done('t2');
  await clock.pass(1_000);

  assert.equal(client.view('b').status, 'live');
  assert.equal(client.view('b').value, 1);
});

test('is connecting while nothing is wanted', async () => {
  const clock = new FakeClock();
  const server = fakeServer(clock, showing);
  const client = connect('http://fake/', { fetch: server.fetch });
  clients.push(client);
  const stop = client.view('a').subscribe(silent);
  await clock.pass(100);
  assert.equal(client.state, 'open');
  server.answer = cut;
  newest(server).cut();
  await clock.pass(1_000);
  assert.equal(client.state, 'waiting');
  stop();
  await clock.pass(minute);

  assert.equal(client.state, 'connecting');
});
