// Tabs that share one connection: through a SharedWorker, and where there is none, through the tab
// that leads. Threads take the place of tabs: fake_browser.mjs. Chromium has a test of its own.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { FakeBrowser } from './fake_browser.mjs';
import { fakeServer, times, until } from './support.mjs';

const ends = [];
afterEach(async () => { for (const end of ends.splice(0)) await end(); });

// A server with one topic, `t`, and views whose value is the number of events.
async function begin(browserOptions) {
  const fake = await fakeServer();
  let head = 3;
  const told = new Map(); // by stream: up to where
  const idOf = (stream, n) => `5f.${n}` + (stream.views.length ? `-${n}-1` : '');
  const tell = (stream) => {
    const isLive = stream.views.length > 0;
    const isHeard = stream.url.searchParams.getAll('events').length > 0;
    for (let n = told.get(stream) + 1; n <= head; ++n) {
      if (isHeard) stream.send('x', { topic: 't', data: { n } }, idOf(stream, n));
    }
    const change = stream.views.map((view) =>
      [view, { remove: [], put: [{ key: view, index: 0, item: head }] }]);
    if (isLive) stream.send('change', Object.fromEntries(change), idOf(stream, head));
    told.set(stream, head);
  };
  fake.answer = (stream) => {
    const [, after] = /\.(\d+)/.exec(stream.lastId ?? '') ?? [];
    told.set(stream, after ? Number(after) : head);
    stream.begin(`5f.${told.get(stream)}` + (stream.views.length ? '-0-1' : ''));
    for (const [i, view] of stream.views.entries()) {
      const isLast = i === stream.views.length - 1;
      stream.snapshot(view, head, isLast ? `5f.${told.get(stream)}-${head}-1` : undefined);
    }
    tell(stream);
  };
  const browser = new FakeBrowser(browserOptions);
  ends.push(() => browser.close(), () => fake.close());
  const tab = (options = {}) => browser.tab(fake.url, { times, key: 'ada', ...options });
  return {
    fake, browser, tab,
    happen() {
      ++head;
      for (const stream of fake.open()) tell(stream);
      return head;
    },
  };
}

const numbers = (tab) => tab.heard.map(({ data }) => data.n);
const isOpen = (...tabs) => until(() => tabs.every(({ states }) => states.at(-1) === 'open'));

for (const hasSharedWorkers of [true, false]) {
  const how = hasSharedWorkers ? 'a SharedWorker' : 'the tab that leads';

  test(`tabs share one connection through ${how}`, async () => {
    const { fake, tab, happen, browser } = await begin({ hasSharedWorkers });
    const [one, two] = [tab(), tab()];
    one.send({ do: 'watch', name: 'a' });
    two.send({ do: 'watch', name: 'a' });
    two.send({ do: 'watch', name: 'b' });
    two.send({ do: 'on', topic: 't' });
    await until(() => one.values.a?.value === 3 && two.values.b?.value === 3);
    await isOpen(one, two);
    happen();
    await until(() => one.values.a.value === 4 && two.values.b.value === 4);

    assert.equal(fake.open().length, 1);
    assert.deepEqual(fake.open()[0].views.sort(), ['a', 'b']);
    assert.deepEqual(numbers(two), [4]);
    assert.deepEqual(numbers(one), []);
    assert.equal(browser.workers.length, hasSharedWorkers ? 1 : 0);
  });

  test(`another user has another connection, with ${how}`, async () => {
    const { fake, tab } = await begin({ hasSharedWorkers });
    const [one, two] = [tab(), tab({ key: 'bob', token: 'of-bob' })];
    one.send({ do: 'watch', name: 'a' });
    two.send({ do: 'watch', name: 'a' });
    await until(() => one.values.a?.value === 3 && two.values.a?.value === 3);

    assert.deepEqual(fake.open().map(({ headers }) => headers.authorization).sort(),
      ['Bearer of-bob', undefined]);
  });

  test(`what a killed tab wanted is wanted no more, with ${how}`, async () => {
    const { fake, tab } = await begin({ hasSharedWorkers });
    const [one, two] = [tab(), tab()];
    one.send({ do: 'watch', name: 'a' });
    await isOpen(one);
    two.send({ do: 'watch', name: 'b' });
    await until(() => two.values.b?.value === 3);
    await two.kill();
    await until(() => fake.open().length === 1 && fake.open()[0].views.join() === 'a');
  });

  test(`a tab that lives is asked for a token, with ${how}`, async () => {
    const { fake, tab } = await begin({ hasSharedWorkers });
    const { answer } = fake;
    const tokens = [];
    let refused;
    fake.answer = (stream) => {
      tokens.push(stream.headers.authorization);
      if (stream.headers.authorization === refused) stream.refuse(401);
      else answer(stream);
    };
    const one = tab({ tokens: 'one-' });
    one.send({ do: 'watch', name: 'a' });
    await until(() => one.values.a?.value === 3);
    const two = tab({ tokens: 'two-' });
    two.send({ do: 'watch', name: 'a' });
    await until(() => two.values.a?.value === 3);
    await one.kill();
    refused = 'Bearer one-1';
    for (const stream of fake.open()) stream.cut();
    await until(() => tokens.at(-1) !== refused);

    assert.equal(tokens[0], 'Bearer one-1');
    assert.match(tokens.at(-1), /^Bearer two-\d$/);
  });

  test(`no event is lost where a tab is killed, with ${how}`, async () => {
    const { fake, tab, happen } = await begin({ hasSharedWorkers });
    const tabs = [tab()];
    tabs[0].send({ do: 'on', topic: 't' });
    await isOpen(tabs[0]);
    for (const _ of [1, 2]) {
      const next = tab();
      tabs.push(next);
      next.send({ do: 'on', topic: 't' });
      next.send({ do: 'watch', name: 'a' });
      await until(() => next.values.a?.value !== undefined);
    }
    const from = happen();
    await until(() => tabs.every((one) => numbers(one).includes(from)));
    let last;
    for (let i = 0; i < 2; ++i) {
      for (let j = 0; j < 3; ++j) happen();
      tabs.shift().kill();
      for (let j = 0; j < 3; ++j) {
        last = happen();
        await new Promise((done) => setTimeout(done, 5));
      }
      const wanted = Array.from({ length: last - from + 1 }, (_, n) => from + n);
      await until(() => tabs.every((one) => numbers(one).includes(last)));
      for (const one of tabs) {
        assert.deepEqual(numbers(one).slice(numbers(one).indexOf(from)), wanted);
        assert.equal(one.values.a.value, last);
      }
    }
    await until(() => fake.open().length === 1);
  });

  test(`a tab that closes leaves the connection to the others, with ${how}`, async () => {
    const { fake, tab, happen } = await begin({ hasSharedWorkers });
    const [one, two] = [tab(), tab()];
    one.send({ do: 'watch', name: 'a' });
    await isOpen(one);
    two.send({ do: 'watch', name: 'b' });
    await until(() => two.values.b?.value === 3);
    one.send({ do: 'close' });
    await until(() => one.states.at(-1) === 'closed');
    happen();
    await until(() => two.values.b.value === 4);
    await until(() => fake.open().length === 1 && fake.open()[0].views.join() === 'b');
  });
}

test('a SharedWorker that does not start is done without', async () => {
  const { fake, tab } = await begin({ hasSharedWorkers: 'broken' });
  const [one, two] = [tab(), tab()];
  one.send({ do: 'watch', name: 'a' });
  two.send({ do: 'watch', name: 'b' });
  await until(() => one.values.a?.value === 3 && two.values.b?.value === 3);
  await until(() => fake.open().length === 1);
});
