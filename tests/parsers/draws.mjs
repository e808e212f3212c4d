// Random texts, names and values, with a liking for what has confused readers: ends of lines, what
// looks like a field of a stream, bytes at the border of a buffer, more digits than a double has.
import { canonical } from './numbers.mjs';

const pieces = [
  '\n', '\r', '\r\n', '\n\n', '\n\r', '\u2028', '\u2029', '\u0085', '\v', '\f', '\0', '\b', '\x1b',
  '\x7f', '\t', ' ', ':', ': ', 'data: x', 'data:', 'id: 9', 'event: hello', 'retry: 1',
  '\n\ndata: x\nid: 9\n\n', '\r\rid: 9\r\r', '\ndata', '\uFEFF', '\uFFFD', '\uFFFE', '\uFFFF',
  '\u{10FFFF}', '\u{1F469}\u{200D}\u{1F373}', 'e\u0301', '\u202E', '"', "'", '\\', '\\n', '\\u0000',
  '\\ud800', '{"', '"}', ']', ',', '</script>', '%00', '%2F', '/', '?', '#', '&', '+', '__proto__',
  'constructor', 'null', '0', '-0', '1e999',
];
// Where what reads a stream has the ends of its buffers.
const borders = [4_096, 8_192, 16_384, 65_536];
const digitsMost = 38; // of DynamoDB's numbers

export class Draws {
  constructor(random) {
    this.below = random.below;
    this.is = random.is;
    this.one = random.one;
  }

  between(least, most) { return least + this.below(most - least + 1); }
  list(count, draw) { return Array.from({ length: count }, draw); }

  // Any character but half of a surrogate pair, which is no text.
  character() {
    switch (this.below(6)) {
      case 0: return String.fromCharCode(this.below(0x20));
      case 1: case 2: return String.fromCharCode(this.between(0x20, 0x7e));
      case 3: return String.fromCharCode(this.between(0x7f, 0x7ff));
      case 4: return String.fromCharCode(this.is(2) ? this.between(0x800, 0xd7ff)
        : this.between(0xe000, 0xffff));
      default: return String.fromCodePoint(this.between(0x10000, 0x10ffff));
    }
  }

  characters(most) { return this.list(this.below(most + 1), () => this.character()).join(''); }
  pieces(most) { return this.list(this.between(1, most), () => this.one(pieces)).join(''); }

  // Often one that ends near the border of a buffer.
  longText() {
    const unit = this.pieces(3) + this.characters(3);
    const length = this.is(2) ? this.one(borders) + this.between(-300, 3) : this.below(20_000);
    const count = Math.ceil(length / Buffer.byteLength(unit));
    return unit.repeat(count) + '.'.repeat(this.below(3));
  }

  text() {
    switch (this.below(8)) {
      case 0: return '';
      case 1: return this.character();
      case 2: case 3: return this.pieces(5);
      case 4: return this.pieces(2) + this.characters(8) + this.pieces(2);
      default: return this.characters(20);
    }
  }

  // Of an attribute or a key: at least one character, and no blank at its end.
  name(bytesMost = 60) {
    for (;;) {
      const text = this.is(3) ? this.characters(12) : this.text();
      const bytes = Buffer.byteLength(text);
      if (bytes > 0 && bytes <= bytesMost && !text.endsWith(' ')) return text;
    }
  }

  digits(most) {
    return this.list(this.between(1, most), () => String(this.below(10))).join('');
  }

  number() {
    const sign = this.one(['', '', '', '-', '+']);
    switch (this.below(8)) {
      case 0: return sign + this.one(['0', '00', '.0', '0.', '0e5', '007', '9007199254740993']);
      case 1: return sign + this.digits(digitsMost);
      case 2: return sign + '.' + this.digits(digitsMost);
      case 3: return sign + this.digits(6) + '.' + (this.is(4) ? '' : this.digits(20));
      case 4: return sign + this.digits(3) + this.one(['e', 'E', 'e+', 'E-']) + this.below(130);
      case 5: return sign + this.digits(this.is(40) ? 2_000 : 50);
      default: return sign + this.below(100_000);
    }
  }

  binary() {
    return Buffer.from(this.list(this.below(40), () => this.below(256))).toString('base64');
  }

  // A value as DynamoDB writes it, {"S":"…"}.
  value(depth = 3) {
    switch (this.below(depth > 0 ? 24 : 20)) {
      case 0: case 1: case 2: case 3: return { N: this.number() };
      case 4: return { B: this.binary() };
      case 5: return { BOOL: this.is(2) };
      case 6: return { NULL: true };
      case 7: return { SS: this.distinct(() => this.text(), (text) => text) };
      case 8: return { NS: this.distinct(() => this.number(), canonical) };
      case 9: return { BS: this.distinct(() => this.binary(), (text) => text) };
      case 20: case 21: return { L: this.list(this.below(4), () => this.value(depth - 1)) };
      case 22: return { M: this.members(this.below(4), depth - 1) };
      case 23: return this.is(50) ? this.nested(30) : { M: this.members(2, depth - 1) };
      default: return { S: this.is(600) ? this.longText() : this.text() };
    }
  }

  // DynamoDB allows 32 levels.
  nested(levels) {
    let value = this.value(0);
    for (let i = 0; i < levels; ++i) {
      value = this.is(2) ? { L: [value] } : { M: this.memberOf(this.text(), value) };
    }
    return value;
  }

  memberOf(name, value) {
    const map = Object.create(null); // so that `__proto__` is a name like any other
    map[name] = value;
    return map;
  }

  members(count, depth) {
    const map = Object.create(null);
    for (let i = 0; i < count; ++i) map[this.text()] = this.value(depth);
    return map;
  }

  distinct(draw, form) {
    const found = new Map(this.list(this.below(5), draw).map((drawn) => [form(drawn), drawn]));
    return [...found.values()];
  }
}
