// What one reader has heard, held against what it was to hear: each event once, in its order, with
// its type, its id and its data, to the last character.
import assert from 'node:assert/strict';

// What streams say of themselves.
export const ownTypes = ['hello', 'reset', 'bookmark', 'snapshot', 'change', 'message'];

const excerpt = (text) => {
  const json = JSON.stringify(text) ?? 'nothing';
  return json.length > 600 ? `${json.slice(0, 600)}… (${json.length})` : json;
};

// Where two texts differ, told so that it can be found in long ones.
function assertSame(heard, expected, what) {
  if (heard === expected) return;
  let at = 0;
  while (heard?.[at] === expected?.[at] && at < expected?.length) ++at;
  const from = Math.max(0, at - 20);
  assert.fail(`${what} differs from character ${at} on:` +
    `\n  heard    ${excerpt(heard?.slice(from))}\n  expected ${excerpt(expected?.slice(from))}`);
}

export class Account {
  // `form` is what the stream makes of an event: {type, data}. The first one is that behind the
  // position `after`. `views` are told what is said of views, and may be null.
  constructor({ name, history, form, after = 0, views = null }) {
    this.name = name;
    this.history = history;
    this.form = form;
    this.position = after;
    this.views = views;
    this.waiting = [];
    this.fault = null;
    this.hear = this.hear.bind(this);
  }

  hear(event) {
    if (this.fault) return;
    try {
      this.judge(event);
    } catch (error) {
      this.fault = new Error(`${this.name}, behind position ${this.position}: ${error.message}`);
    }
    this.waiting = this.waiting.filter(({ test, done, fail }) => {
      if (this.fault) fail(this.fault);
      else if (test()) done();
      else return true;
      return false;
    });
  }

  judge({ type, id, data }) {
    switch (type) {
      case 'hello':
        this.epoch ??= JSON.parse(data).epoch;
        assert.equal(JSON.parse(data).epoch, this.epoch);
        this.views?.begin();
        return;
      case 'bookmark':
        return;
      case 'snapshot': case 'change':
        this.views.hear(type, data, id);
        return;
      case 'reset': case 'error':
        assert.fail(`${type}: ${data}`);
        return;
      default:
    }
    const told = this.history.told[this.position];
    assert.ok(told, `heard more than was written: ${type} ${excerpt(data)}`);
    const expected = this.form(told);
    const idOf = this.views ? id.split('-')[0] : id;
    assertSame(idOf, `${this.epoch}.${this.position + 1}`, 'the id');
    assertSame(type, expected.type, 'the type');
    assertSame(data, expected.data, 'the data');
    this.views?.moveTo(id);
    ++this.position;
  }

  // Resolves once that is true of what was heard; fails with the first difference.
  until(test) {
    return new Promise((done, fail) => {
      if (this.fault) fail(this.fault);
      else if (test()) done();
      else this.waiting.push({ test, done, fail });
    });
  }

  hasHeard(position) { return this.until(() => this.position >= position); }
  hasSeen(position) { return this.until(() => this.views.position >= position); }
}
