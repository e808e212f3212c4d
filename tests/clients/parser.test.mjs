// Bytes to frames: whatever the line ends, and wherever the bytes are cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Parser } from '../../clients/js/freshet.js';
import { chance, seed } from './support.mjs';

const bytesOf = (text) => new TextEncoder().encode(text);

function framesOf(...chunks) {
  const parser = new Parser();
  const frames = chunks.flatMap((chunk) => parser.push(chunk));
  return { frames, retry: parser.retry };
}

function cutAt(bytes, at) {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

const one = (text) => framesOf(bytesOf(text)).frames;

test('reads a frame with an id, a type and data', () => {
  assert.deepEqual(one('id: 5f.3\nevent: new-order\ndata: {"a":1}\n\n'),
    [{ id: '5f.3', marked: true, type: 'new-order', data: '{"a":1}' }]);
});

test('joins lines of data, and keeps an empty one', () => {
  assert.equal(one('data: a\ndata\ndata:  b\n\n')[0].data, 'a\n\n b');
});

test('takes a frame with only an id for a bookmark', () => {
  const [frame, ...more] = one('id: 5f.3\n\n\n\n: nothing\n\n');
  assert.equal(frame.id, '5f.3');
  assert.equal('data' in frame, false);
  assert.deepEqual(more, []);
});

test('keeps an id for the frames after it, and a type for its own', () => {
  const [, second] = one('id: 1\nevent: x\ndata: a\n\ndata: b\n\n');
  assert.equal(second.id, '1');
  assert.equal(second.marked, undefined);
  assert.equal(second.type, undefined);
});

test('leaves out an id with a zero in it, fields it does not know and a retry in words', () => {
  const { frames, retry } = framesOf(bytesOf('id: a\0b\nwhat: 1\nretry: soon\ndata: x\n\n'));
  assert.deepEqual(frames, [{ data: 'x', id: undefined }]);
  assert.equal(retry, undefined);
});

test('takes a byte order mark away at the beginning only', () => {
  assert.equal(one('\ufeffdata: a\n\n')[0].data, 'a');
  assert.deepEqual(one('data: a\n\n\ufeffdata: b\n\n').length, 1);
});

test('leaves out a frame that was cut', () => {
  assert.deepEqual(one('data: a\n'), []);
});

test('takes a line feed after a carriage return in another chunk for the same line end', () => {
  const { frames } = framesOf(bytesOf('data: a\r'), bytesOf('\n'), bytesOf('\n'), bytesOf('\n'));
  assert.deepEqual(frames.map(({ data }) => data), ['a']);
});

// What a server may send, and what is to be read of it.
function randomStream(random) {
  const end = () => random.one(['\n', '\r\n', '\r']);
  const letters = ['a', 'Z', ' ', ':', '{', '"', 'ä', '€', '𝄞', '\ufeff', '\u2028', '\0', '\t'];
  const text = () => Array.from({ length: random.below(12) }, () => random.one(letters)).join('');
  let stream = random.is(4) ? '\ufeff' : '';
  const wanted = [];
  let lastId;
  let retry;
  const write = (field, value) => {
    stream += field + (value === '' && random.is(2) ? '' : ':' + (
      value.startsWith(' ') || random.is(2) ? ' ' : '') + value);
    // A lone CR must not meet the LF of an empty line's end.
    stream += '\n';
  };
  for (let i = random.below(6); i >= 0; --i) {
    const frame = {};
    for (let j = random.below(6); j > 0; --j) {
      const value = text();
      const field = random.one(['data', 'data', 'event', 'id', 'retry', '', 'other']);
      if (field === 'retry') {
        retry = random.below(5000);
        write(field, String(retry));
        continue;
      }
      if (field === '') {
        stream += ':' + value + '\n';
        continue;
      }
      write(field, value);
      if (field === 'data') frame.data = 'data' in frame ? frame.data + '\n' + value : value;
      if (field === 'event') frame.type = value;
      if (field === 'id' && !value.includes('\0')) {
        lastId = value;
        frame.marked = true;
      }
    }
    stream += '\n';
    if (frame.marked || 'data' in frame) wanted.push({ ...frame, id: lastId });
  }
  // Each line end in one of the three forms; CR before LF would be one end and not two.
  let out = '';
  for (const letter of stream) {
    const next = letter === '\n' ? end() : letter;
    out += next[0] === '\n' && out.endsWith('\r') ? '\r\n' : next;
  }
  return { bytes: bytesOf(out), wanted, retry };
}

test(`reads whatever it is sent, cut at every byte (FRESHET_SEED=${seed})`, () => {
  const random = chance();
  for (let round = 0; round < 2000; ++round) {
    const { bytes, wanted, retry } = randomStream(random);
    for (let at = 0; at <= bytes.length; ++at) {
      const read = framesOf(...cutAt(bytes, at));
      assert.deepEqual(read, { frames: wanted, retry }, `round ${round}, cut at ${at}`);
    }
    const single = framesOf(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    assert.deepEqual(single, { frames: wanted, retry }, `round ${round}, byte by byte`);
  }
});
