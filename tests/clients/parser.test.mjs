// Bytes to frames, wherever the bytes are cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Parser } from '../../clients/js/freshet.js';
import { chance, seed } from './support.mjs';

const bytesOf = (text) => new TextEncoder().encode(text);

// The fields of a frame that a client makes something of. A frame without any is none.
function framesOf(...chunks) {
  const parser = new Parser();
  return chunks.flatMap((chunk) => parser.push(chunk)).map((frame) => Object.fromEntries(
    ['id', 'event', 'data', 'retry'].filter((field) => field in frame)
      .map((field) => [field, frame[field]])))
    .filter((frame) => Object.keys(frame).length > 0);
}

function cutAt(bytes, at) {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

const one = (text) => framesOf(bytesOf(text));

test('reads a frame with an id, a type and data', () => {
  assert.deepEqual(one('id: 5f.3\nevent: new-order\ndata: {"a":1}\n\n'),
    [{ id: '5f.3', event: 'new-order', data: '{"a":1}' }]);
});

test('joins lines of data, and keeps an empty one', () => {
  assert.equal(one('data: a\ndata\ndata:  b\n\n')[0].data, 'a\n\n b');
});

test('takes a frame with only an id for a bookmark', () => {
  assert.deepEqual(one('id: 5f.3\n\n\n\n: nothing\n\n'), [{ id: '5f.3' }]);
});

test('keeps an id and a type for their own frame', () => {
  assert.deepEqual(one('id: 1\nevent: x\ndata: a\n\ndata: b\n\n')[1], { data: 'b' });
});

test('leaves out fields that nobody knows', () => {
  const frames = one('what: 1\nid:\ndata: x\n\nretry: 1\n\n');
  assert.deepEqual(frames, [{ data: 'x', id: '' }, { retry: '1' }]);
});

test('takes a byte order mark away at the beginning only', () => {
  assert.equal(one('\ufeffdata: a\n\n')[0].data, 'a');
  assert.equal(one('data: a\n\n\ufeffdata: b\n\n').length, 1);
});

test('leaves out a frame that was cut', () => {
  assert.deepEqual(one('data: a\n'), []);
});

// What a server may send, and what is to be read of it.
function randomStream(random) {
  const letters = ['a', 'Z', ' ', ':', '{', '"', 'ä', '€', '𝄞', '\ufeff', '\u2028', '\0', '\t'];
  const text = () => Array.from({ length: random.below(12) }, () => random.one(letters)).join('');
  let lines = '';
  const wanted = [];
  const write = (field, value) => {
    const blank = value.startsWith(' ') || random.is(2) ? ' ' : '';
    lines += field + (value === '' && random.is(2) ? '' : ':' + blank + value) + '\n';
  };
  for (let i = random.below(6); i >= 0; --i) {
    const frame = {};
    for (let j = random.below(6); j > 0; --j) {
      const field = random.one(['data', 'data', 'event', 'id', 'retry', '', 'other']);
      if (field !== 'data' && field in frame) continue;
      const value = field === 'retry' ? String(random.below(5000)) : text();
      if (field === '') lines += ':' + value + '\n';
      else write(field, value);
      if (field === 'data') frame.data = 'data' in frame ? frame.data + '\n' + value : value;
      else if (field && field !== 'other') frame[field] = value;
    }
    lines += '\n';
    if (Object.keys(frame).length) wanted.push(frame);
  }
  const out = (random.is(4) ? '\ufeff' : '') + lines;
  return { bytes: bytesOf(out), wanted };
}

test(`reads whatever it is sent, cut at every byte (FRESHET_SEED=${seed})`, () => {
  const random = chance();
  for (let round = 0; round < 3000; ++round) {
    const { bytes, wanted } = randomStream(random);
    for (let at = 0; at <= bytes.length; ++at) {
      assert.deepEqual(framesOf(...cutAt(bytes, at)), wanted, `round ${round}, cut at ${at}`);
    }
    const single = framesOf(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    assert.deepEqual(single, wanted, `round ${round}, byte by byte`);
  }
});
