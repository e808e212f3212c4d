// What a view shows after a change, against a model.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { applied } from '../../clients/js/freshet.js';
import { chance, seed } from './support.mjs';

const page = (entries, next) => ({
  keys: entries.map(([key]) => key), items: entries.map(([, item]) => item), next,
});

// The change that leads from one page to the other, as the server tells it.
function changeOf(before, after, random) {
  const old = new Map(before.keys.map((key, i) => [key, before.items[i]]));
  const stays = (key, i) => old.has(key) && JSON.stringify(old.get(key)) ===
    JSON.stringify(after.items[i]);
  // Those that keep their order need not be told; of the others, some are told that need not be.
  let reached = -1;
  const put = [];
  after.keys.forEach((key, index) => {
    const at = before.keys.indexOf(key);
    if (stays(key, index) && at > reached && !random.is(8)) reached = at;
    else put.push({ key, index, item: structuredClone(after.items[index]) });
  });
  const remove = before.keys.filter((key) => !after.keys.includes(key));
  const isOther = before.next !== after.next;
  return { remove, put, ...(isOther && { next: after.next ?? null }) };
}

function randomPage(random, serial) {
  const keys = Array.from({ length: 12 }, (_, i) => 'k' + i).filter(() => random.is(2));
  for (let i = keys.length - 1; i > 0; --i) {
    const j = random.below(i + 1);
    [keys[i], keys[j]] = [keys[j], keys[i]];
  }
  const entries = keys.map((key) => [key, { key, of: random.below(3), in: serial % 2 }]);
  return page(entries, random.is(3) ? 'c' + random.below(3) : undefined);
}

test(`applies changes to pages as the server means them (FRESHET_SEED=${seed})`, () => {
  const random = chance(1);
  let shown = randomPage(random, 0);
  for (let round = 0; round < 5000; ++round) {
    const after = randomPage(random, round);
    const before = JSON.stringify(shown);
    const was = shown;
    const change = changeOf(shown, after, random);
    const now = applied(shown, change);

    assert.deepEqual(now, after, `round ${round}`);
    assert.equal(JSON.stringify(was), before, 'the page before is left as it was');

    for (const [i, item] of now.items.entries()) {
      const isPut = change.put.some(({ key }) => key === now.keys[i]);
      if (!isPut) assert.ok(was.items.includes(item), 'an item keeps its identity if it stays');
    }
    shown = now;
  }
});

test('shows an item, and null once it is removed', () => {
  assert.deepEqual(applied(null, { remove: [], put: [{ key: 'a', index: 0, item: { n: 1 } }] }),
    { n: 1 });
  assert.equal(applied({ n: 1 }, { remove: ['a'], put: [] }), null);
});

test('takes an item that has keys and items of its own for an item', () => {
  const item = { id: 'a', keys: ['x'], items: [1] };
  assert.deepEqual(applied(item, { remove: [], put: [{ key: 'a', index: 0, item: { n: 2 } }] }),
    { n: 2 });
});
