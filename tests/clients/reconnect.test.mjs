// How the client keeps its connection, and what it makes of what the server says.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { connect } from '../../clients/js/freshet.js';
import { chance, fakeServer, seed, times, until } from './support.mjs';

const ends = [];
afterEach(async () => { for (const end of ends.splice(0)) await end(); });

async function begin(answer, options = {}) {
  const fake = await fakeServer(answer);
  const client = connect(fake.url, { times, ...options });
  ends.push(async () => {
    client.close();
    await until(() => fake.open().length === 0);
    fake.close();
  });
  return { fake, client };
}

// Answers each stream with a snapshot of each view.
const showing = (values, id = '5f.9-9-1') => (stream) => {
  stream.begin('5f.9-0-1');
  const { views } = stream;
  views.forEach((view, i) =>
    stream.snapshot(view, values[view] ?? null, i === views.length - 1 ? id : undefined));
};

const heardBy = (view) => {
  const heard = [];
  view.subscribe((value) => heard.push(value));
  return heard;
};

test('shows what a view shows, and each change', async () => {
  const { fake, client } = await begin(showing({ 'order/1': { n: 1 } }));
  const view = client.view('order/1');
  assert.equal(view.status, 'connecting');
  const heard = heardBy(view);
  assert.deepEqual(await view.ready(), { n: 1 });
  assert.equal(view.status, 'live');
  assert.equal(view.position, 9);

  fake.streams[0].send('change', {
    'order/1': { remove: [], put: [{ key: '1', index: 0, item: { n: 2 } }] },
  }, '5f.12-12-1');
  await until(() => heard.length === 3);

  assert.deepEqual(heard, [undefined, { n: 1 }, { n: 2 }]);
  assert.equal(view.getSnapshot(), heard[2]);
  assert.equal(view.position, 12);
});

test('asks for all views and events on one connection', async () => {
  const { fake, client } = await begin(showing({}), { everyMs: 250 });
  client.view('order/a b%2Fc').subscribe(() => {});
  client.view('my-orders/ada?limit=2').subscribe(() => {});
  client.on({ topic: ['x', 'y'], type: 'new' }, () => {});
  client.on({ topic: 'z', type: ['old'] }, () => {});
  await until(() => client.state === 'open');

  assert.equal(fake.streams.length, 1);
  const { url, views } = fake.streams[0];
  assert.equal(url.pathname, '/live');
  assert.deepEqual(views, ['order/a b%2Fc', 'my-orders/ada?limit=2']);
  assert.deepEqual(url.searchParams.getAll('events'), ['x', 'y', 'z']);
  assert.deepEqual(url.searchParams.getAll('type'), ['new', 'old']);
  assert.equal(url.searchParams.get('every_ms'), '250');
});

test('shows several views as of one moment, and then tells', async () => {
  const { fake, client } = await begin((stream) => {
    stream.begin('5f.9-0-1');
    stream.snapshot('a/1', { n: 1 });
  });
  const [a, b] = [client.view('a/1'), client.view('b/1')];
  const seen = [];
  a.subscribe(() => seen.push([a.value, b.value]));
  b.subscribe(() => seen.push([a.value, b.value]));
  await until(() => client.state === 'open');
  fake.streams[0].snapshot('b/1', { n: 1 }, '5f.9-9-1');
  await until(() => seen.length === 4);
  const put = (n) => ({ remove: [], put: [{ key: '1', index: 0, item: { n } }] });
  fake.streams[0].send('change', { 'a/1': put(2), 'b/1': put(2) }, '5f.10-10-1');
  await until(() => seen.length === 6);

  const both = (n) => [{ n }, { n }];
  assert.deepEqual(seen.slice(2), [both(1), both(1), both(2), both(2)]);
});

test('resumes after what it has heard, and shows what it had meanwhile', async () => {
  const { fake, client } = await begin(showing({ 'order/1': { n: 1 } }));
  const view = client.view('order/1');
  const heard = heardBy(view);
  const states = [];
  client.onState((state) => states.push(state));
  await view.ready();
  fake.streams[0].mark('5f.11-11-1');
  await until(() => view.position === 11);
  fake.answer = () => {};
  fake.streams[0].cut();
  await until(() => fake.streams.length === 2);

  assert.equal(view.status, 'stale');
  assert.deepEqual(view.value, { n: 1 });
  assert.equal(fake.streams[1].lastId, '5f.11-11-1');
  fake.streams[1].begin('5f.11-11-1');
  await until(() => view.status === 'live');
  assert.deepEqual(heard, [undefined, { n: 1 }]);
  assert.deepEqual(states, ['connecting', 'open', 'waiting', 'open']);
});

test('tells nobody of a snapshot that shows the same', async () => {
  const { fake, client } = await begin(showing({ 'list': { keys: ['a'], items: [{ n: 1 }] } }));
  const view = client.view('list');
  const heard = heardBy(view);
  await view.ready();
  fake.streams[0].cut();
  await until(() => fake.streams.length === 2 && client.state === 'open');
  await view.at(9);

  assert.deepEqual(heard, [undefined, [{ n: 1 }]]);
});

test('lets go of snapshots that were cut before the last of them', async () => {
  const { fake, client } = await begin((stream, i) => {
    if (i > 0) return showing({ a: 2, b: 2 })(stream);
    stream.begin('5f.9-0-1');
    stream.snapshot('a', 1);
  });
  const heard = heardBy(client.view('a'));
  client.view('b').subscribe(() => {});
  await until(() => client.state === 'open');
  fake.streams[0].cut();
  await client.view('b').ready();

  assert.equal(fake.streams[1].lastId, '5f.9-0-1');
  assert.deepEqual(heard, [undefined, 2]);
});

test('keeps values where the set of views is another, and begins it with snapshots', async () => {
  const { fake, client } = await begin(showing({ a: 1, b: 2 }));
  const heard = heardBy(client.view('a'));
  client.on({ topic: 't' }, () => {});
  await client.view('a').ready();
  await client.view('b').ready();

  assert.equal(fake.streams.length, 2);
  assert.deepEqual(fake.streams[1].views, ['a', 'b']);
  assert.equal(fake.streams[1].lastId, '5f.9', 'events continue, and views do not');
  assert.equal(fake.open().length, 1);
  assert.deepEqual(heard, [undefined, 1]);
  assert.equal(client.view('a').status, 'live');
});

test('gathers what is wanted at the same time', async () => {
  const { fake, client } = await begin(showing({}));
  for (let i = 0; i < 20; ++i) client.view('order/' + i).subscribe(() => {});
  await client.view('order/19').ready();

  assert.equal(fake.streams.length, 1);
});

test('watches a view a little longer than anybody listens', async () => {
  const { fake, client } = await begin(showing({ a: 1, b: 2 }));
  client.view('b').subscribe(() => {});
  const stop = client.view('a').subscribe(() => {});
  await client.view('a').ready();
  stop();
  client.view('a').subscribe(() => {})();
  assert.equal(client.view('a').value, 1);
  await until(() => fake.streams.length === 2);

  assert.deepEqual(fake.streams[1].views, ['b']);
  assert.equal(client.view('a').value, undefined);
});

test('closes the connection when nothing is wanted', async () => {
  const { fake, client } = await begin(showing({ a: 1 }));
  const stop = client.view('a').subscribe(() => {});
  await client.view('a').ready();
  stop();
  await until(() => fake.open().length === 0);
  assert.equal(fake.streams.length, 1);
});

test('opens again when the server is silent', async () => {
  const { fake, client } = await begin(showing({ a: 1 }), { times: { ...times, silence: 60 } });
  await client.view('a').ready();
  client.view('a').subscribe(() => {});
  await until(() => fake.streams.length === 3);
});

test('waits as long as it is told, and longer each time', async () => {
  const began = [];
  const { fake, client } = await begin((stream) => {
    began.push(Date.now());
    stream.refuse(503, {}, began.length === 1 ? { 'Retry-After': '1' } : {});
  }, { times: { ...times, retry: 20, most: 200 } });
  client.view('a').subscribe(() => {});
  await until(() => began.length === 6);
  const waits = began.slice(1).map((at, i) => at - began[i]);

  assert.ok(waits[0] >= 995, `${waits}`);
  assert.ok(waits[1] >= 40 && waits[2] >= 80 && waits[3] >= 160, `${waits}`);
  assert.equal(client.state, 'waiting');
  assert.equal(client.view('a').status, 'connecting');
  fake.answer = showing({ a: 1 });
  assert.equal(await client.view('a').ready(), 1);
});

test('waits for the time that a stream says when it ends', async () => {
  const began = [];
  const { client } = await begin((stream) => {
    began.push(Date.now());
    stream.response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    stream.write('retry: 300\n\n: come again later\n\n');
    stream.end();
  });
  client.view('a').subscribe(() => {});
  await until(() => began.length === 2);
  assert.ok(began[1] - began[0] >= 299);
});

test('takes a page of a proxy for a break', async () => {
  const { client } = await begin((stream, i) => {
    if (i > 0) return showing({ a: 1 })(stream);
    stream.response.writeHead(200, { 'Content-Type': 'text/html' });
    stream.end();
  });
  assert.equal(await client.view('a').ready(), 1);
});

test('asks for a token once, and again after a 401, but not over and over', async () => {
  const asked = [];
  const { fake, client } = await begin((stream) => {
    asked.push([stream.headers.authorization, Date.now()]);
    if (stream.headers.authorization === 'Bearer t4') return showing({ a: 1 })(stream);
    stream.refuse(401);
  }, { token: async () => 't' + (++tokens), times: { ...times, retry: 30, most: 30 } });
  let tokens = 0;
  assert.equal(await client.view('a').ready(), 1);

  assert.deepEqual(asked.map(([token]) => token), [1, 2, 3, 4].map((n) => 'Bearer t' + n));
  assert.ok(asked[2][1] - asked[1][1] >= 29, 'the second refusal is waited for');
  client.view('a').subscribe(() => {});
  fake.streams[3].cut();
  await until(() => fake.streams.length === 5);
  assert.equal(tokens, 4);
});

test('renews a token that is about to expire, without a gap', async () => {
  let tokens = 0;
  const { fake, client } = await begin(showing({ a: 1 }), { token: () => 't' + (++tokens) });
  const heard = heardBy(client.view('a'));
  await client.view('a').ready();
  ends.push(() => { Date.now = now; });
  const { now } = Date;
  Date.now = () => now() + 60_000;
  fake.streams[0].send('expiring', { exp: 1 });
  await until(() => fake.streams.length === 2 && client.state === 'open');

  assert.equal(fake.streams[1].headers.authorization, 'Bearer t2');
  assert.equal(fake.streams[1].lastId, '5f.9-9-1');
  fake.streams[1].send('expiring', { exp: 1 });
  await client.view('a').at(9);
  assert.equal(fake.streams.length, 2, 'one that expires as soon is left to end');
  assert.deepEqual(heard, [undefined, 1]);
});

test('renews a cookie after a 401', async () => {
  let renewed = 0;
  const { client } = await begin((stream) => {
    if (renewed) showing({ a: 1 })(stream);
    else stream.refuse(401);
  }, { renew: async () => { ++renewed; } });
  assert.equal(await client.view('a').ready(), 1);
  assert.equal(renewed, 1);
});

test('asks for one token, however much is wanted at once', async () => {
  let tokens = 0;
  const { client } = await begin(showing({}), {
    token: async () => {
      await new Promise((done) => setTimeout(done, 20));
      return 't' + (++tokens);
    },
  });
  await Promise.all([...'abcdef'].map((name) => client.view(name).ready()));
  assert.equal(tokens, 1);
});

test('passes over a frame that it does not know', async () => {
  const { fake, client } = await begin(showing({ a: 1 }));
  client.view('a').subscribe(() => {});
  await client.view('a').ready();
  fake.streams[0].send('news-of-a-later-version', { n: 1 }, '5f.10-10-1');
  fake.streams[0].mark('5f.11-11-1');
  await until(() => client.view('a').position === 11);
  assert.equal(fake.streams.length, 1);
});

test('waits where no token is to be had', async () => {
  let tries = 0;
  const { client } = await begin((stream) => {
    if (stream.headers.authorization) showing({ a: 1 })(stream);
    else stream.refuse(401);
  }, {
    token: async () => {
      if (++tries < 3) throw new Error('no network');
      return 't';
    },
  });
  assert.equal(await client.view('a').ready(), 1);
  assert.equal(tries, 3);
});

test('a 401 without a way to renew refuses', async () => {
  const { client } = await begin((stream) => stream.refuse(401, { detail: 'show one' }));
  await assert.rejects(client.view('a').ready(), { status: 401, message: 'show one' });
  assert.equal(client.view('a').status, 'refused');
});

test('refuses the view that the server names, and shows the others', async () => {
  const { fake, client } = await begin((stream) => {
    if (stream.views.includes('b')) stream.refuse(403, { view: 'b', detail: 'not yours' });
    else showing({ a: 1, c: 3 })(stream);
  });
  const view = client.view('b');
  const heard = heardBy(view);
  const [a, b, c] = await Promise.allSettled(
    [client.view('a').ready(), view.ready(), client.view('c').ready()]);

  assert.equal(a.value, 1);
  assert.equal(c.value, 3);
  assert.equal(b.reason.status, 403);
  assert.equal(b.reason.message, 'not yours');
  assert.equal(view.status, 'refused');
  assert.equal(view.error.status, 403);
  assert.deepEqual(heard, [undefined, undefined], 'those who listen look at the status');
  assert.equal(fake.streams.length, 2);
  await assert.rejects(async () => { for await (const _ of view); }, { status: 403 });
});

test('asks again for a refused view when somebody wants it again', async () => {
  const { fake, client } = await begin((stream) => stream.refuse(404, { view: 'a' }));
  await assert.rejects(client.view('a').ready(), { status: 404 });
  fake.answer = showing({ a: 1 });
  await new Promise((done) => setTimeout(done, 5));
  assert.equal(await client.view('a').ready(), 1);
});

test('divides views that the server does not take together', async () => {
  const values = Object.fromEntries(Array.from({ length: 70 }, (_, i) => ['v/' + i, i]));
  const { fake, client } = await begin((stream) => {
    if (stream.views.length > 20) stream.refuse(400, { detail: 'too many' });
    else showing(values)(stream);
  });
  const views = Object.keys(values).map((name) => client.view(name));
  for (const view of views) view.subscribe(() => {});
  const shown = await Promise.all(views.map((view) => view.ready()));

  assert.deepEqual(shown, Object.values(values));
  const asked = fake.open().flatMap((stream) => stream.views);
  assert.deepEqual(asked.sort(), Object.keys(values).sort());
});

test('refuses a filter that the server does not take, and shows the rest', async () => {
  const { fake, client } = await begin((stream) => {
    if (stream.url.searchParams.getAll('type').includes('wrong')) stream.refuse(400);
    else showing({ a: 1 })(stream);
  });
  const errors = [];
  const heard = [];
  client.on({ type: 'wrong' }, () => {}, { onError: (error) => errors.push(error.status) });
  client.on({ type: 'right' }, ({ n }) => heard.push(n));
  assert.equal(await client.view('a').ready(), 1);
  await until(() => errors.length > 0);
  const hears = ({ url }) => url.searchParams.getAll('type').join() === 'right';
  await until(() => fake.open().some(hears) && client.state === 'open');
  fake.open().find(hears).send('right', { topic: 't', data: { n: 1 } }, '5f.10-9-1');
  await until(() => heard.length === 1);

  assert.deepEqual(errors, [400]);
});

test('shows nothing of a view that has ended', async () => {
  const { fake, client } = await begin(showing({ a: 1, b: 2 }));
  const heard = heardBy(client.view('a'));
  const seen = [];
  const looped = (async () => { for await (const value of client.view('a')) seen.push(value); })();
  await client.view('b').ready();
  client.view('b').subscribe(() => {});
  fake.streams[0].send('ended', { view: 'a' });
  await looped;

  assert.deepEqual(seen, [1]);
  assert.deepEqual(heard, [undefined, 1, undefined]);
  assert.equal(client.view('a').status, 'ended');
  assert.equal(client.view('b').value, 2);
  await until(() => fake.streams.length === 2);
  assert.deepEqual(fake.streams[1].views, ['b']);
});

test('a loop that is slow sees the newest value', async () => {
  const { fake, client } = await begin(showing({ a: 0 }));
  const seen = [];
  for await (const value of client.view('a')) {
    seen.push(value);
    if (value === 5) break;
    for (let n = 1; n <= 5; ++n) {
      fake.streams[0].send('change',
        { a: { remove: [], put: [{ key: 'a', index: 0, item: n }] } }, `5f.${9 + n}-${9 + n}-1`);
    }
    await until(() => client.view('a').position === 14);
  }
  assert.deepEqual(seen, [0, 5]);
});

test('knows events by type and topic beside views', async () => {
  const { fake, client } = await begin(showing({ a: 1 }));
  const heard = { all: [], topic: [], type: [] };
  client.on({}, (data, event) => heard.all.push([data.n, event.type, event.topic, event.id]));
  client.on({ topic: 't' }, ({ n }) => heard.topic.push(n));
  client.on({ type: ['x', 'z'], topic: ['u', 'v'] }, ({ n }) => heard.type.push(n));
  await client.view('a').ready();
  assert.deepEqual(fake.streams[0].url.searchParams.getAll('events'), ['all']);
  const send = (type, topic, n) =>
    fake.streams[0].send(type, { topic, data: { n } }, `5f.${n}-9-1`);
  send('x', 't', 10);
  send('x', 'u', 11);
  send('y', 'u', 12);
  send('z', 'v', 13);
  await until(() => heard.all.length === 4);

  assert.deepEqual(heard.all[0], [10, 'x', 't', '5f.10-9-1']);
  assert.deepEqual(heard.topic, [10]);
  assert.deepEqual(heard.type, [11, 13]);
});

test('hears events on one connection where there are no views', async () => {
  const { fake, client } = await begin((stream) => stream.begin(stream.lastId ?? '5f.3'));
  const heard = [];
  client.on({ topic: 't' }, (data, { topic }) => heard.push([data.n, topic]));
  client.on({ topic: ['u', 'v'] }, (data, { topic }) => heard.push([data.n, topic]));
  await until(() => client.state === 'open');
  const [stream] = fake.streams;
  assert.equal(fake.streams.length, 1);
  assert.equal(stream.url.pathname, '/live');
  assert.deepEqual(stream.views, []);
  assert.deepEqual(stream.url.searchParams.getAll('events'), ['t', 'u', 'v']);
  stream.send('x', { topic: 't', data: { n: 4 } }, '5f.4');
  stream.send('x', { topic: 'v', data: { n: 5 } }, '5f.5');
  await until(() => heard.length === 2);
  assert.deepEqual(heard, [[4, 't'], [5, 'v']]);

  client.on({ type: 'x' }, () => {});
  await until(() => fake.streams.length === 2);
  assert.equal(fake.streams[1].lastId, '5f.5');
  assert.deepEqual(fake.streams[1].url.searchParams.getAll('events'), ['all']);
  assert.deepEqual(fake.streams[1].url.searchParams.getAll('type'), []);
  client.view('a').subscribe(() => {});
  await until(() => fake.streams.length === 3);
  assert.equal(fake.streams[2].lastId, '5f.5');
  await until(() => fake.open().length === 1);
});

test('asks only for the types that are wanted', async () => {
  const { fake, client } = await begin((stream) => stream.begin('5f.3'));
  client.on({ type: 'x' }, () => {});
  client.on({ type: ['y', 'z'], topic: 't' }, () => {});
  await until(() => client.state === 'open');
  const { url } = fake.streams[0];
  assert.equal(url.pathname, '/live');
  assert.deepEqual(url.searchParams.getAll('events'), ['all']);
  assert.deepEqual(url.searchParams.getAll('type'), ['x', 'y', 'z']);
});

test('tells of a reset once, though it was cut before its id', async () => {
  const { fake, client } = await begin((stream, i) => {
    if (i === 0) return stream.begin('5f.300');
    stream.begin(i > 1 && '6a.14', { hello: 'reset', data: { reason: 'epoch' } });
    if (i === 1) stream.end();
  });
  const heard = [];
  client.on({}, () => {}, { onReset: ({ reason }) => heard.push(reason) });
  await until(() => client.state === 'open');
  fake.streams[0].cut();
  await until(() => fake.streams.length === 3 && heard.length > 0);
  assert.equal(fake.streams[2].lastId, '5f.300');
  assert.deepEqual(heard, ['epoch']);
});

test('tells of a reset, and hears events of the new log', async () => {
  const { fake, client } = await begin((stream, i) => {
    if (i === 0) stream.begin('5f.300');
    else stream.begin('6a.14', { hello: 'reset', data: { reason: 'epoch' } });
  });
  const heard = [];
  const onReset = ({ reason }) => heard.push(reason);
  client.on({ topic: 't' }, ({ n }) => heard.push(n), { onReset });
  await until(() => client.state === 'open');
  fake.streams[0].send('x', { topic: 't', data: { n: 1 } }, '5f.301');
  await until(() => heard.length === 1);
  fake.streams[0].cut();
  await until(() => heard.length === 2);
  fake.streams[1].send('x', { topic: 't', data: { n: 2 } }, '6a.15');
  await until(() => heard.length === 3);
  assert.deepEqual(heard, [1, 'epoch', 2]);
});

test('an error of one who listens is not another one’s', async () => {
  const { client } = await begin(showing({ a: 1 }));
  const { error } = console;
  const printed = [];
  console.error = (what) => printed.push(what.message);
  ends.push(() => { console.error = error; });
  client.view('a').subscribe((value) => { if (value) throw new Error('mine'); });
  const heard = heardBy(client.view('a'));
  await client.view('a').ready();
  await until(() => heard.length === 2);
  assert.deepEqual(printed, ['mine']);
});

test('an error of one who listens and awaits is printed, too', async () => {
  const { fake, client } = await begin(showing({ a: 1 }));
  const { error } = console;
  const printed = [];
  console.error = (what) => printed.push(what.message);
  ends.push(() => { console.error = error; });
  client.view('a').subscribe(async (value) => { if (value) throw new Error('of a view'); });
  client.on({}, async () => { throw new Error('of an event'); });
  await client.view('a').ready();
  fake.streams.at(-1).send('x', { topic: 't', data: {} }, '5f.10-9-1');
  await until(() => printed.length === 2);
  assert.deepEqual(printed, ['of a view', 'of an event']);
});

test('knows that a view shows a write which did not change it', async () => {
  const { fake, client } = await begin(showing({ a: { n: 1 } }));
  fake.read = (request, response) => {
    response.writeHead(200, { 'Freshet-Position': '12' });
    response.end('{"n":1}');
  };
  await client.view('a').ready();
  assert.deepEqual(await client.view('a').at('12'), { n: 1 });
  assert.equal(fake.reads[0].url, '/views/a?min_position=12');

  fake.read = (request, response) => {
    response.writeHead(200, { 'Freshet-Position': '14' });
    response.end('{"n":2}');
    fake.streams[0].send('change',
      { a: { remove: [], put: [{ key: 'a', index: 0, item: { n: 2 } }] } }, '5f.14-14-1');
  };
  assert.deepEqual(await client.view('a').at(14), { n: 2 });
});

test('reads, with the position and what a problem says', async () => {
  const { fake, client } = await begin(() => {}, { token: 't' });
  const answers = [
    [200, { 'Freshet-Position': '7' }, { items: [{ n: 1 }], next: 'c' }],
    [200, { 'Freshet-Position': '8' }, { id: 1, items: [1] }],
    [404, { 'Freshet-Position': '9' }, { detail: 'no item' }],
    [404, {}, { detail: 'no view' }],
  ];
  fake.read = (request, response) => {
    const [status, headers, body] = answers[fake.reads.length - 1];
    assert.equal(request.headers.authorization, 'Bearer t');
    response.writeHead(status, headers);
    response.end(JSON.stringify(body));
  };
  assert.deepEqual(await client.get('l?limit=1', { minPosition: 7 }),
    { value: [{ n: 1 }], next: 'c', position: 7 });
  assert.equal(fake.reads[0].url, '/views/l?limit=1&min_position=7');
  assert.deepEqual(await client.get('o/1'),
    { value: { id: 1, items: [1] }, next: undefined, position: 8 });
  assert.deepEqual(await client.get('o/2'), { value: null, next: undefined, position: 9 });
  await assert.rejects(client.get('x'), { status: 404, message: 'no view' });
});

test('closes for good', async () => {
  const { fake, client } = await begin(showing({ a: 1 }));
  await client.view('a').ready();
  const looped = (async () => { for await (const _ of client.view('a')); })();
  await until(() => fake.open().length === 1);
  client.close();
  await looped;
  await until(() => fake.open().length === 0);
  assert.equal(client.state, 'closed');
  await new Promise((done) => setTimeout(done, 50));
  assert.equal(fake.streams.length, 1);
});

// A log of events and views of it, which cuts, refuses and moves on by chance.
test(`hears each event once and in order, whatever happens (FRESHET_SEED=${seed})`, async () => {
  const random = chance(7);
  const topics = ['t0', 't1', 't2'];
  const log = []; // {type, topic}; positions begin at 1
  const count = (topic) => log.filter((event) => event.topic === topic).length;
  const live = new Set();

  const tell = (stream) => {
    if (!stream.isOpen) return;
    const params = stream.url.searchParams;
    const wanted = params.getAll('events');
    for (; stream.at < log.length; ++stream.at) {
      const { topic } = log[stream.at];
      const n = stream.at + 1;
      const isHeard = wanted.includes('all') || wanted.includes(topic);
      const id = `5f.${n}` + (stream.views.length ? `-${stream.seen}-${stream.set}` : '');
      if (isHeard) stream.send('x', { topic, data: { n } }, id);
    }
    const change = {};
    for (const view of stream.views) {
      if (stream.shown[view] === count(view)) continue;
      stream.shown[view] = count(view);
      change[view] = { remove: [], put: [{ key: view, index: 0, item: count(view) }] };
    }
    stream.seen = log.length;
    const id = `5f.${log.length}-${stream.seen}-${stream.set}`;
    if (Object.keys(change).length) stream.send('change', change, id);
    else if (random.is(3)) stream.mark(stream.views.length ? id : `5f.${log.length}`);
  };

  const { client } = await begin((stream) => {
    if (random.is(5)) return stream.refuse(random.one([502, 503, 429]));
    if (random.is(8)) return stream.cut();
    const [, at, seen, set] = /\.(\d+)(?:-(\d+)-(.*))?/.exec(stream.lastId ?? '') ?? [];
    stream.at = at === undefined ? log.length : Number(at);
    stream.set = stream.views.join('_');
    stream.shown = {};
    stream.begin(`5f.${stream.at}` + (stream.views.length ? `-0-${stream.set}` : ''), { retry: 1 });
    const isSame = set === stream.set && Number(seen) > 0;
    if (isSame) {
      // As of then: what came later is told as a change.
      for (const view of stream.views) {
        stream.shown[view] = log.slice(0, Number(seen)).filter((e) => e.topic === view).length;
      }
      stream.seen = Number(seen);
    } else {
      stream.views.forEach((view, i) => {
        stream.shown[view] = count(view);
        stream.seen = log.length;
        const isLast = i === stream.views.length - 1;
        stream.snapshot(view, count(view),
          isLast ? `5f.${stream.at}-${stream.seen}-${stream.set}` : undefined);
        if (!isLast && random.is(10)) stream.cut();
      });
    }
    live.add(stream);
    stream.response.on('close', () => live.delete(stream));
    tell(stream);
  }, { times: { ...times, retry: 1, most: 4, linger: 3 } });

  const heard = topics.map(() => []);
  const everything = [];
  topics.forEach((topic, i) => client.on({ topic }, ({ n }) => heard[i].push(n)));
  client.on({}, ({ n }) => everything.push(n));
  client.view('t0').subscribe(() => {});
  await until(() => client.state === 'open');
  await new Promise((done) => setTimeout(done, 50));
  const from = log.length;

  const stops = [];
  for (let round = 0; round < 400; ++round) {
    if (random.below(3)) log.push({ topic: random.one(topics) });
    for (const stream of [...live]) {
      tell(stream);
      if (random.is(12)) stream.cut();
    }
    if (random.is(10)) stops.push(client.view(random.one(topics)).subscribe(() => {}));
    if (random.is(10)) stops.pop()?.();
    await new Promise((done) => (random.is(3) ? setTimeout(done, 1) : setImmediate(done)));
  }
  assert.equal(from, 0);
  await until(() => {
    for (const stream of [...live]) tell(stream);
    return everything.length >= log.length && client.view('t0').value === count('t0') &&
      heard.every((list, i) => list.length >= count(topics[i]));
  });

  const numbers = log.map((_, i) => i + 1);
  assert.deepEqual(everything, numbers);
  topics.forEach((topic, i) =>
    assert.deepEqual(heard[i], numbers.filter((n) => log[n - 1].topic === topic)));
});
