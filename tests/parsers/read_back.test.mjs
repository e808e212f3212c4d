// What was written is read back identically by the readers that others use: random payloads and
// names, as events and in live views, while they are written and again from the beginning, on
// connections that are cut in the midst of a frame.
//
// Settings: FRESHET_BINARY, the program; without it these tests are left out. FRESHET_ROUNDS, how
// many times 100,000 payloads; FRESHET_SEED. Standard error is told how far this is, in lines such
// as `[step 4]`.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { seed } from '../clients/support.mjs';
import { Part } from './part.mjs';
import { spoilsOfEvents, spoilsOfViews } from './spoils.mjs';

const skip = process.env.FRESHET_BINARY ? false : 'FRESHET_BINARY is not set';
const payloadsOfPart = 100_000;
const rounds = Number(process.env.FRESHET_ROUNDS ?? 1);
assert.ok(rounds > 0, 'FRESHET_ROUNDS is no number above 0');
const payloads = Math.ceil(payloadsOfPart * rounds);
const patienceMs = 120_000;
const cutCount = 2;

// How the data of an event is told.
const named = ({ type, data }) => ({ type, data });
const withTopic = (told) => ({ type: told.type, data: told.withTopic() });
const unnamed = (told) => ({ type: 'message', data: told.withType() });

const parts = [];
after(() => Promise.all(parts.map((part) => part.end())));

let steps = 0;
const step = () => process.stderr.write(`[step ${++steps}]\n`);

const readBack = (name, part, run) => {
  const title = `${name}, seed ${seed}, part ${parts.indexOf(part) + 1}`;
  test(title, { skip, timeout: patienceMs }, async () => {
    assert.ok(!part.hasFailed, 'as what came before has failed');
    part.hasFailed = true;
    await run(part);
    part.closeReaders();
    part.hasFailed = false;
    step();
  });
};

const all = (accounts, happened) => Promise.all(accounts.map(happened));

function liveTarget({ views }, from) {
  const asked = [['events', 'all'], ['bookmarks', '1'], ['last_event_id', from]];
  return '/live?' + new URLSearchParams([...asked, ...views.map(({ name }) => ['view', name])]);
}

async function whileWritten(part) {
  const { history, count, half } = part;
  await part.start();
  await part.append(1); // no id names the moment of a view before that
  const accounts = await part.watch(liveTarget(history, 'earliest'),
    { form: withTopic, cutCount, withViews: true });
  await part.append(half);
  await all(accounts, (account) => account.hasHeard(half));
  step();
  assert.ok(await part.server.endStreams() > 0);
  // From here on nobody falls behind, so that views are told of nearly every batch.
  while (history.position < count) {
    await part.appendBatch(count);
    await all(accounts, (account) => account.hasHeard(history.position));
  }
  await all(accounts, (account) => account.hasSeen(history.lastChange));
  for (const { relay } of accounts) assert.equal(relay.cutCount, cutCount);
}

async function again(part) {
  const accounts = await part.watch('/events?last_event_id=earliest', { form: named, cutCount });
  await all(accounts, (account) => account.hasHeard(part.count));
  for (const { relay } of accounts) assert.equal(relay.cutCount, cutCount);
  part.epoch = accounts[0].epoch;
}

async function withoutTypes(part) {
  const accounts = await part.watch(`/events?unnamed=1&last_event_id=${part.epoch}.${part.half}`,
    { form: unnamed, after: part.half });
  await all(accounts, (account) => account.hasHeard(part.count));
}

async function spoiled(part) {
  const from = Math.max(0, part.count - 100);
  for (const [name, { spoil, notice }] of spoilsOfEvents) {
    const accounts = await part.watch('/events?last_event_id=' + `${part.epoch}.${from}`,
      { form: named, after: from, spoil });
    await all(accounts, (account) => (
      assert.rejects(account.hasHeard(part.count), notice, name)));
  }
  for (const [name, { spoil, notice }] of spoilsOfViews) {
    const accounts = await part.watch(liveTarget(part.history, 'latest'),
      { form: withTopic, after: part.count, spoil, withViews: true });
    await all(accounts, (account) => (
      assert.rejects(account.hasSeen(part.count), notice, name)));
  }
}

// Half of a surrogate pair, and bytes that are no UTF-8: no reader could read them back.
async function noText(part) {
  const { table } = part.history.tables[0];
  const [{ name }] = table.key;
  const halves = ['\\ud800', '\\udc00', '\\ud83d\\ud83d', '\\udc69\\ud83d'].map((text) => (
    Buffer.from(text)));
  for (const bytes of [...halves, Buffer.from('eda080', 'hex'), Buffer.from('ff', 'hex')]) {
    const image = { [name]: { S: 'TEXT' } };
    const stream = { SequenceNumber: '1', Keys: image, NewImage: image };
    const record = JSON.stringify({ eventName: 'INSERT', dynamodb: stream });
    const [before, between, behind] = record.split('TEXT');
    const pieces = [before, bytes, between, bytes, behind];
    const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    const answer = await part.server.append({ table: table.name, body });
    assert.equal(answer.status, 400, await answer.text());
  }
  const log = await fetch(`${part.server.url}/records?after=${part.count}`);
  assert.deepEqual((await log.json()).Records, []);
  await part.end();
}

for (let left = payloads; left > 0; left -= payloadsOfPart) {
  const part = new Part(parts.length + 1, Math.min(left, payloadsOfPart));
  parts.push(part);
  readBack('reads what is being written, and live views', part, whileWritten);
  readBack('reads it again, though cut in the midst of frames', part, again);
  readBack('reads what follows an id, without types', part, withoutTypes);
  readBack('notices whatever is another on the way', part, spoiled);
  readBack('is not given what is no text', part, noText);
}
