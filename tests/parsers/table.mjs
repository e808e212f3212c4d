// A table with random names: what its part of the configuration says, and what each change of it
// shows by that.
import assert from 'node:assert/strict';

import { canonical } from './numbers.mjs';
import { allMembers, find, objectText, objectValue, quote, textOf } from './plain_json.mjs';

// What streams say themselves, so no event may be called so.
const reserved = new Set(['open', 'error', 'message', 'hello', 'reset', 'snapshot', 'change',
  'ended', 'expiring', 'bookmark']);
// Near what is reserved, at the bounds of what is allowed, or a name of its own for JavaScript.
const oddTypes = ['Message', 'MESSAGE', 'hello.', 'error-', 'messages', 'data', 'id', 'retry',
  'event', '.', '..', '...', '-', '_', '0', '-1', '__proto__', 'constructor', 'toString',
  'hasOwnProperty', 'null', 'onmessage', 'e'.repeat(255), '_.-'.repeat(85)];
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-';
const rulesOfTable = 24;
const attributesOfTable = 14;

const tomlText = (text) => '"' + text.replace(/[^A-Za-z0-9 _,;=-]/gu,
  (c) => '\\U' + c.codePointAt(0).toString(16).padStart(8, '0')) + '"';
const tomlTexts = (texts) => '[' + texts.map(tomlText).join(', ') + ']';
const pathText = (names) => names.map((name) => name.replace(/[\\.]/g, '\\$&')).join('.');

// Tables, views and lists have such names, too.
export function drawName(draws) {
  for (;;) {
    const length = draws.is(8) ? draws.between(200, 255) : draws.between(1, 20);
    const name = draws.list(length, () => draws.one(letters)).join('');
    if (name !== '.' && name !== '..' && !reserved.has(name)) return name;
  }
}

function distinctNames(draws, count, draw) {
  const names = new Set();
  while (names.size < count) names.add(draw());
  return [...names];
}

// A binary part of a key in base64url, as in a path.
const urlForm = (base64) =>
  base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

function topicPart(typed) {
  if (typed.S !== undefined) return typed.S;
  if (typed.N !== undefined) return canonical(typed.N);
  if (typed.B !== undefined) return urlForm(typed.B);
  return textOf(typed);
}

// A part of a key as a path has it, but for what is percent-encoded.
const keyPart = (typed) => typed.S ?? (typed.N ? canonical(typed.N) : urlForm(typed.B));

// An event, and its data in the forms in which streams tell it.
class Told {
  constructor({ type, fields }, topic, data, value) {
    this.type = type;
    this.hasOwnType = fields.some(({ name }) => name === 'type');
    this.topic = topic;
    this.data = data;
    assert.deepStrictEqual(JSON.parse(data), value);
  }

  withTopic() { return `{"topic":${quote(this.topic)},"data":${this.data}}`; }
  withType() {
    if (this.hasOwnType) return this.data;
    const comma = this.data === '{}' ? '' : ',';
    return `{"type":${quote(this.type)}${comma}${this.data.slice(1)}`;
  }
}

export class Table {
  // `secondKey` is the type of the sort key, such as 'number'; null where there is none.
  constructor(draws, secondKey) {
    const names = distinctNames(draws, attributesOfTable + 5, () => draws.name());
    [this.code, this.partition, this.order, ...this.attributes] = names;
    const keyNames = this.attributes.splice(0, secondKey ? 2 : 1);
    this.key = keyNames.map((name, i) => ({ name, type: i === 0 ? 'string' : secondKey }));
    [this.name, this.itemView, this.shapedView, this.list] =
      distinctNames(draws, 4, () => drawName(draws));
    this.shape = this.drawFields(draws, draws.between(1, 6), false);
    const codes = distinctNames(draws, rulesOfTable, () => draws.name());
    this.rules = codes.map((code) => this.drawRule(draws, code));
    // Takes what is left, so that every change is an event.
    this.lastRule = { ...this.drawRule(draws, null), on: null };
    this.rules.push(this.lastRule);
  }

  drawPath(draws, withBefore) {
    const names = [draws.is(5) ? draws.one(this.key).name : draws.one(this.attributes)];
    if (draws.is(12)) names.push(draws.name());
    if (withBefore && draws.is(4)) names.unshift('before');
    return names;
  }

  drawFields(draws, count, withBefore) {
    const shown = distinctNames(draws, count, () => draws.name().replaceAll('=', '-'));
    if (draws.is(8) && !shown.includes('type')) shown.push('type');
    return shown.map((name) => {
      const path = this.drawPath(draws, withBefore);
      return { name, path, word: name + '=' + pathText(path) };
    });
  }

  drawTopic(draws) {
    return draws.list(draws.between(1, 4), () => {
      const path = this.drawPath(draws, true);
      if (draws.is(3) || /[{}]/.test(path.join())) return draws.name().replace(/[{}]/g, '~');
      return path;
    });
  }

  drawRule(draws, code) {
    return {
      type: draws.is(2) ? draws.one(oddTypes) : drawName(draws),
      code,
      on: draws.is(5) ? draws.one(['INSERT', 'MODIFY', 'REMOVE']) : null,
      topic: draws.is(4) ? null : this.drawTopic(draws),
      fields: this.drawFields(draws, draws.is(12) ? 0 : draws.between(1, 6), true),
    };
  }

  toml() {
    const keyWords = this.key.map(({ name, type }) => `${name.replace(/[\\.]/g, '\\$&')} ${type}`);
    const shape = tomlTexts(this.shape.map(({ word }) => word));
    const event = ({ type, code, on, topic, fields }) => [
      '[[table.event]]', 'type = ' + tomlText(type),
      on ? `on = "${on}"` : '',
      code ? `where = { ${tomlText(pathText([this.code]))} = [${tomlText(code)}] }` : '',
      topic ? 'topic = ' + tomlText(topic.map((part) => (
        typeof part === 'string' ? part : `{${pathText(part)}}`)).join('')) : '',
      fields.length ? 'data = ' + tomlTexts(fields.map(({ word }) => word)) : '', ''];
    return [
      '[[table]]', 'name = ' + tomlText(this.name), 'key = ' + tomlTexts(keyWords), '',
      '[[table.view]]', 'name = ' + tomlText(this.itemView), '',
      '[[table.view]]', 'name = ' + tomlText(this.shapedView), 'fields = ' + shape, '',
      '[[table.list]]', 'name = ' + tomlText(this.list), 'by = ' +
        tomlText(pathText([this.partition])),
      'sort = ' + tomlText(pathText([this.order]) + ' desc'), '',
      ...this.rules.flatMap(event)].join('\n');
  }

  keyParts(image) { return this.key.map(({ name }) => keyPart(image[name])); }

  // As live views name an item.
  keyText(image) {
    const parts = this.keyParts(image);
    if (parts.length === 1) return parts[0];
    return parts.map((part) => part.replace(/[%/]/g, encodeURIComponent)).join('/');
  }

  // The event of a change. An image that is not there is null.
  eventOf(kind, before, after) {
    const image = after ?? before;
    const code = image[this.code]?.S;
    const rule = this.rules.find((one) => (
      (one.on === null || one.on === kind) && (one.code === null || one.code === code)));
    const value = (path) => {
      if (path.length > 1 && path[0] === 'before') return before && find(before, path.slice(1));
      return find(image, path);
    };
    const members = rule.fields.map(({ name, path }) => [name, value(path)])
      .filter(([, typed]) => typed);
    const topic = rule.topic?.map((part) => {
      if (typeof part === 'string') return part;
      const typed = value(part);
      return typed ? topicPart(typed) : '';
    }).join('') ?? rule.type;
    return new Told(rule, topic, objectText(members), objectValue(members));
  }

  shownWhole(image) { return objectText(allMembers(image)); }
  shownByShape(image) {
    return objectText(this.shape.map(({ name, path }) => [name, find(image, path)])
      .filter(([, typed]) => typed));
  }
}
