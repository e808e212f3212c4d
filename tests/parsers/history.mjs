// Random changes of random tables, what each of them is to tell as an event, and what live views
// are to show after it.
import { canonical } from './numbers.mjs';
import { Table } from './table.mjs';

const hotKeysOfTable = 3;
const hugeBytes = 1_500_000;
// Of the characters of a row. A page ends after a megabyte, and here always at its limit.
const rowMost = 8_000;
const batchRecordsMost = 1_000;
const batchBytesMost = 2_000_000;

const noRows = { rows: [], more: false };

// What one live view is to show, from each position on at which that is another.
class ShownView {
  constructor(name, isPage) {
    this.name = name;
    this.isPage = isPage;
    this.states = [{ position: 0, ...noRows }];
  }

  show(position, rows, more = false) { this.states.push({ position, rows, more }); }

  // The state as of a position.
  at(position) {
    let [low, high] = [0, this.states.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.states[middle].position <= position) low = middle; else high = middle;
    }
    return this.states[low];
  }
}

// The newest items of one partition.
class HotPartition {
  constructor(table, value, draws) {
    this.value = value;
    this.text = value.S ?? canonical(value.N);
    this.limit = draws.between(1, 20);
    this.items = new Map(); // the one that changed last is the last
    const place = draws.is(2) || /^\.{0,2}$/.test(this.text) ? '?key=' : '/';
    const name = table.list + place + encodeURIComponent(this.text);
    this.shown = new ShownView(`${name}${place === '/' ? '?' : '&'}limit=${this.limit}`, true);
  }

  leave(id) { return this.items.delete(id); }
  enter(id, row) { this.items.set(id, row); }

  page() {
    const rows = [...this.items.values()].slice(-this.limit).reverse();
    return [rows, this.items.size > this.limit];
  }
}

const partitionText = (typed) =>
  typed && (typed.S ?? typed.BOOL?.toString() ?? (typed.N && canonical(typed.N)));

// A table's items, and which of them are watched.
class Items {
  constructor(draws, table) {
    this.draws = draws;
    this.table = table;
    this.images = new Map(); // by id; null once removed
    this.ids = [];
    this.keys = new Map();
    this.hotIds = draws.list(hotKeysOfTable, () => this.drawId(40));
    this.watchedItems = new Map(this.hotIds.map((id) => [id, this.watch(id)]));
    const partitions = [{ N: draws.number() }, { S: draws.is(9) ? '' : '~' + draws.name() }];
    this.partitions = partitions.map((value) => new HotPartition(table, value, draws));
  }

  get views() {
    return [...this.watchedItems.values(), ...this.partitions].map(({ shown }) => shown);
  }

  watch(id) {
    const isWhole = this.draws.is(2);
    const parts = this.table.keyParts(this.keys.get(id));
    const view = isWhole ? this.table.itemView : this.table.shapedView;
    const isByPath = this.draws.is(2) && !parts.some((part) => part === '.' || part === '..');
    const name = isByPath ? [view, ...parts.map(encodeURIComponent)].join('/')
      : view + '?' + parts.map((part) => 'key=' + encodeURIComponent(part)).join('&');
    return { isWhole, shown: new ShownView(name, false) };
  }

  drawKeyPart(type, bytesMost) {
    if (type === 'number') return { N: this.draws.number().slice(-bytesMost) };
    if (type === 'binary') return { B: this.draws.binary() || 'AA==' };
    return { S: this.draws.is(50) ? 'k'.repeat(bytesMost) : this.draws.name(bytesMost) };
  }

  // The id of an item, known or not.
  drawId(bytesMost) {
    const keys = Object.create(null);
    for (const { name, type } of this.table.key) keys[name] = this.drawKeyPart(type, bytesMost);
    const id = JSON.stringify(this.table.keyParts(keys));
    if (!this.keys.has(id)) {
      this.keys.set(id, keys);
      this.ids.push(id);
    }
    return id;
  }

  chooseId() {
    if (this.draws.is(16)) return this.draws.one(this.hotIds);
    return this.draws.is(3) ? this.drawId(1_024) : this.draws.one(this.ids);
  }

  drawImage(id, position) {
    const { draws, table } = this;
    const image = Object.create(null);
    Object.assign(image, this.keys.get(id));
    if (draws.is(10)) image[table.partition] = draws.one(this.partitions).value;
    else if (draws.is(2)) image[table.partition] = draws.value();
    image[table.order] = { N: String(position) };
    this.fillIn(image, draws.one(table.rules));
    for (let i = draws.below(3); i > 0; --i) image[draws.one(table.attributes)] = draws.value();
    if (draws.is(6)) image[draws.text()] ??= draws.value();
    if (this.partitionOf(image) && table.shownWhole(image).length > rowMost) {
      delete image[table.partition];
    }
    return image;
  }

  // What the rule asks for, and most of what it shows.
  fillIn(image, { code, fields }) {
    const { draws, table } = this;
    image[table.code] = { S: code ?? draws.text() };
    for (const { path: [name, ...rest] } of [...fields, ...table.lastRule.fields]) {
      if (!table.attributes.includes(name) || draws.is(6)) continue;
      const value = draws.value();
      image[name] = rest.length ? { M: draws.memberOf(rest[0], value) } : value;
    }
  }

  // One with a text of over a megabyte, which its event shows.
  drawHugeImage(id, position) {
    const { draws, table } = this;
    const image = this.drawImage(id, position);
    delete image[table.partition];
    const shown = ({ fields }) => fields.map(({ path }) => path)
      .find(([name, ...rest]) => rest.length === 0 && table.attributes.includes(name));
    const rule = table.rules.find((one) => one.on === null && one.code !== null && shown(one));
    const unit = draws.pieces(5) + draws.characters(20);
    image[table.code] = { S: rule.code };
    image[shown(rule)] = { S: unit.repeat(Math.ceil(hugeBytes / Buffer.byteLength(unit))) };
    return image;
  }

  partitionOf(image) {
    const text = image && partitionText(image[this.table.partition]);
    return text === undefined ? undefined : this.partitions.find((one) => one.text === text);
  }

  // Draws a change. Returns the record, and the event that it is.
  change(position, isHuge) {
    const id = isHuge ? this.drawId(1_024) : this.chooseId();
    const before = this.images.get(id) ?? null;
    const isRemoved = before !== null && !isHuge && this.draws.is(7);
    const draw = isHuge ? 'drawHugeImage' : 'drawImage';
    const after = isRemoved ? null : this[draw](id, position);
    const kind = isRemoved ? 'REMOVE' : before ? 'MODIFY' : 'INSERT';
    this.images.set(id, after);
    this.showItem(id, position, after);
    this.showPages(id, position, before, after);
    const stream = { SequenceNumber: String(position), Keys: this.keys.get(id) };
    if (after) stream.NewImage = after;
    return {
      record: { eventName: kind, dynamodb: stream },
      told: this.table.eventOf(kind, before, after),
    };
  }

  showItem(id, position, image) {
    const watched = this.watchedItems.get(id);
    if (!watched) return;
    const { table } = this;
    const key = table.keyText(this.keys.get(id));
    const text = image && (watched.isWhole ? table.shownWhole(image) : table.shownByShape(image));
    watched.shown.show(position, image ? [{ key, text }] : []);
  }

  showPages(id, position, before, after) {
    const [left, entered] = [this.partitionOf(before), this.partitionOf(after)];
    left?.leave(id);
    entered?.enter(id, { key: this.table.keyText(after), text: this.table.shownWhole(after) });
    for (const partition of new Set([left, entered])) {
      partition?.shown.show(position, ...partition.page());
    }
  }
}

export class History {
  constructor(draws, count) {
    this.draws = draws;
    this.count = count;
    this.tables = [null, 'number', 'binary'].map((secondKey) => (
      new Items(draws, new Table(draws, secondKey))));
    this.views = this.tables.flatMap(({ views }) => views);
    this.told = []; // the event of position 1 first
  }

  get position() { return this.told.length; }
  // The position of the last change of a view.
  get lastChange() { return Math.max(...this.views.map(({ states }) => states.at(-1).position)); }
  get types() {
    return new Set(this.tables.flatMap(({ table }) => table.rules.map(({ type }) => type)));
  }
  toml() { return this.tables.map(({ table }) => table.toml()).join('\n'); }

  // The next records, all of one table, as a body to append; at most up to a position.
  batch(positionMost) {
    const items = this.draws.one(this.tables);
    const most = this.draws.is(3) ? this.draws.between(1, 20) : batchRecordsMost;
    const texts = [];
    let bytes = 0;
    while (texts.length < most && bytes < batchBytesMost && this.position < positionMost) {
      const position = this.position + 1;
      const { record, told } = items.change(position, position === Math.ceil(this.count / 2));
      this.told.push(told);
      texts.push(this.spelled(JSON.stringify(record)));
      bytes += texts.at(-1).length;
    }
    return { table: items.table.name, body: '[' + texts.join(',') + ']' };
  }

  // JSON may write any character as an escape sequence, and some programs do.
  spelled(text) {
    if (!this.draws.is(8)) return text;
    return text.replace(/[^ -~]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))
      .replaceAll('/', '\\/');
  }
}
