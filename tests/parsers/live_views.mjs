// The live views of one connection, as a page keeps them (docs/watching.md), held at each moment
// that an id names against what was written up to then.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

import { quote } from './plain_json.mjs';

const rowsText = (rows) =>
  `{"keys":[${rows.map(({ key }) => quote(key))}],"items":[${rows.map(({ text }) => text)}]`;

class LiveView {
  constructor(shown) {
    this.shown = shown;
    this.isTouched = true;
  }

  take(value) {
    this.isTouched = true;
    if (this.shown.isPage) {
      this.page = { keys: value.keys, items: value.items, next: value.next ?? null };
    } else {
      this.page = { keys: [], items: value === null ? [] : [value], next: null };
    }
    this.hasKey = this.shown.isPage;
  }

  apply({ remove, put, ...rest }) {
    this.isTouched = true;
    const { page } = this;
    const gone = new Set([...remove, ...put.map(({ key }) => key)]);
    if (this.hasKey) {
      page.items = page.items.filter((item, i) => !gone.has(page.keys[i]));
      page.keys = page.keys.filter((key) => !gone.has(key));
    } else {
      page.items = []; // the snapshot of an item does not tell its key
    }
    for (const { key, index, item } of put) {
      page.keys.splice(index, 0, key);
      page.items.splice(index, 0, item);
    }
    if ('next' in rest) page.next = rest.next;
    this.hasKey = true;
  }

  assertAt(position) {
    const state = this.shown.at(position);
    if (state === this.state && !this.isTouched) return;
    this.state = state;
    this.isTouched = false;
    if (this.hasKey) assert.deepStrictEqual(this.page.keys, state.rows.map(({ key }) => key));
    const items = state.rows.map((row) => (row.value ??= JSON.parse(row.text)));
    if (!isDeepStrictEqual(this.page.items, items)) assert.deepStrictEqual(this.page.items, items);
    assert.equal(this.page.next !== null, state.more, 'whether another page follows');
  }
}

export class LiveViews {
  constructor(shown) {
    this.views = new Map(shown.map((one) => [one.name, new LiveView(one)]));
    this.frames = []; // since the last id that says of which moment the views are
    this.position = 0;
  }

  // On another connection; what was cut off on the one before is told again.
  begin() { this.frames = []; }

  hear(type, text, id) {
    try {
      this.frames.push({ type, text, data: this.apply(type, JSON.parse(text)) });
    } catch (error) {
      error.message = `no ${type} of a live view: ${error.message}`;
      throw error;
    }
    this.moveTo(id);
  }

  // Returns what it was given.
  apply(type, data) {
    if (type === 'snapshot') this.views.get(data.view).take(data.data);
    else for (const [name, change] of Object.entries(data)) this.views.get(name).apply(change);
    return data;
  }

  // An id is EPOCH.EVENTS-VIEWS-…; there is none, or VIEWS is 0, while snapshots are on their way.
  moveTo(id) {
    const position = Number(id.split('-')[1] ?? 0);
    if (position === 0) return;
    try {
      for (const view of this.views.values()) view.assertAt(position);
      for (const frame of this.frames) this.assertExact(frame, position);
    } catch (error) {
      error.message = `a live view at ${position}: ${error.message}`;
      throw error;
    }
    this.frames = [];
    this.position = position;
  }

  // To the last digit of a number, which JSON.parse() does not keep.
  assertExact({ type, text, data }, position) {
    const parts = type === 'snapshot' ? this.snapshotTexts(data.view, position)
      : Object.entries(data).flatMap(([name, change]) => this.putTexts(name, change, position));
    for (const part of parts) assert.ok(text.includes(part), `no ${part} in ${text}`);
  }

  snapshotTexts(name, position) {
    const { shown } = this.views.get(name);
    const { rows } = shown.at(position);
    const value = shown.isPage ? rowsText(rows) : rows[0]?.text ?? 'null';
    return [`{"view":${quote(name)},"data":${value}`];
  }

  putTexts(name, { put }, position) {
    const { rows } = this.views.get(name).shown.at(position);
    return put.map(({ key, index }) => (
      `{"key":${quote(key)},"index":${index},"item":${rows[index].text}}`));
  }
}
