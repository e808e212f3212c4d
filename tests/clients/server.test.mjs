// The client against a real server of examples/pizza. FRESHET_BINARY names the program; without it
// these tests are left out.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { connect } from '../../clients/js/freshet.js';
import { times, until } from './support.mjs';

const binary = process.env.FRESHET_BINARY;
const pizza = new URL('../../examples/pizza/', import.meta.url);
const skip = binary ? false : 'FRESHET_BINARY is not set';

let folder;
let url;
let server;
let lines;
const ends = [];

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.on('listening', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

async function start() {
  server = spawn(binary, ['serve', '--config', join(folder, 'freshet.toml')], { stdio: 'ignore' });
  await until(() => fetch(url + 'readyz').then(({ ok }) => ok, () => false), 'ready');
}

function stop() {
  if (!server || server.exitCode !== null || server.signalCode) return undefined;
  const ended = new Promise((done) => server.on('exit', done));
  server.kill();
  return ended;
}

// The position after a line of records.jsonl, as POST /records answers it.
async function write(line) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url + 'records', { method: 'POST', headers, body: line });
  assert.ok(answer.ok, await answer.clone().text());
  return Number(answer.headers.get('Freshet-Position'));
}

const begin = (options = {}) => {
  const client = connect(url, { times, ...options });
  ends.push(() => client.close());
  return client;
};

before(async () => {
  if (skip) return;
  lines = (await readFile(new URL('records.jsonl', pizza), 'utf8')).trim().split('\n');
});

// Each test has a server with an empty log.
const shop = (name, run) => test(name, { skip }, async () => {
  folder = await mkdtemp(join(tmpdir(), 'freshet-client-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  const config = await readFile(new URL('freshet.toml', pizza), 'utf8');
  const own = config.replace('127.0.0.1:8080', `127.0.0.1:${port}`);
  await writeFile(join(folder, 'freshet.toml'), own);
  await start();
  await run();
});

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});
after(stop);

shop('shows at every position what a read shows', async () => {
  const client = begin();
  const names = ['order/7c9e6679', 'my-orders/ada?limit=2', 'all-orders?limit=1', 'all-orders'];
  const views = names.map((name) => client.view(name));
  for (const view of views) view.subscribe(() => {});
  await Promise.all(views.map((view) => view.ready()));
  for (const line of lines) {
    const position = await write(line);
    await Promise.all(views.map((view) => view.at(position)));
    for (const view of views) {
      const read = await client.get(view.name);
      assert.deepEqual(view.value, read.value, `${view.name} at ${position}`);
      assert.equal(view.next, read.next, view.name);
    }
  }
  assert.equal(client.view('order/7c9e6679').value.status, 'COMPLETED');
});

shop('hears the events of the orders, whatever the connection does', async () => {
  let streams = 0;
  let cut;
  const client = begin({
    fetch: async (asked, options) => {
      if (options.signal) ++streams;
      const own = new AbortController();
      cut = () => own.abort();
      options.signal?.addEventListener('abort', cut);
      return fetch(asked, { ...options, signal: own.signal });
    },
  });
  const heard = [];
  const updates = [];
  client.on({}, (data, { type }) => heard.push(type));
  client.on({ type: 'order-status-updated' }, ({ id, status }) => updates.push([id, status]));
  await until(() => client.state === 'open');
  for (const [i, line] of lines.entries()) {
    await write(line);
    if (i % 4 === 1) client.view('order/' + i).subscribe(() => {});
    if (i % 4 === 3) {
      const before = streams;
      cut();
      await until(() => streams > before);
    }
  }
  await until(() => heard.includes('order-canceled') && heard.length === lines.length);

  assert.equal(heard.filter((type) => type === 'new-order').length, 3);
  assert.equal(updates.length, heard.filter((type) => type === 'order-status-updated').length);
  assert.ok(streams > 3);
});

shop('hears events where no view is watched, by type and topic', async () => {
  const asked = [];
  const client = begin({
    fetch: (url, options) => {
      asked.push(new URL(url).pathname);
      return fetch(url, options);
    },
  });
  const placed = [];
  const topics = [];
  client.on({ type: 'new-order' }, ({ id }, { topic }) => placed.push([id, topic]));
  client.on({ topic: '7c9e6679-status-updated' }, (data, { topic }) => topics.push(topic));
  await until(() => client.state === 'open');
  for (const line of lines) await write(line);
  await until(() => placed.length === 3 && topics.length > 0);

  assert.deepEqual(placed[0], ['7c9e6679', 'new-order']);
  assert.deepEqual(new Set(topics), new Set(['7c9e6679-status-updated']));
  assert.deepEqual(asked, ['/live']);
});

shop('continues after a restart of the server', async () => {
  const client = begin();
  const view = client.view('all-orders');
  const heard = [];
  client.on({ type: 'new-order' }, ({ id }) => heard.push(id));
  await view.ready();
  view.subscribe(() => {});
  for (const line of lines.slice(0, 5)) await write(line);
  await stop();
  await until(() => client.state === 'waiting');
  assert.equal(view.status, 'stale');
  await start();
  let position;
  for (const line of lines.slice(5)) position = await write(line);
  await view.at(position);

  assert.deepEqual(view.value, (await client.get('all-orders')).value);
  await until(() => heard.length === 3);
  assert.equal(new Set(heard).size, 3);
});

shop('refuses what the server does not know', async () => {
  const client = begin();
  await assert.rejects(client.view('no-such/1').ready(), ({ status }) => status === 404);
  await assert.rejects(client.get('no-such/1'), ({ status }) => status === 404);
  assert.equal(await client.view('order/none').ready(), null);
  assert.equal((await client.get('order/none')).value, null);
});

shop('watches more views than one connection takes', async () => {
  const client = begin();
  const views = Array.from({ length: 100 }, (_, i) => client.view('order/' + i));
  for (const view of views) view.subscribe(() => {});
  const pages = Array.from({ length: 7 }, (_, i) => client.view(`my-orders/${i}?limit=100`));
  for (const page of pages) page.subscribe(() => {});
  const shown = await Promise.all([...views, ...pages].map((view) => view.ready()));

  assert.deepEqual(shown.slice(0, 100), Array(100).fill(null));
  assert.deepEqual(shown.slice(100), Array(7).fill([]));
});
