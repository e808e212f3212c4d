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

const silent = () => {};

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
