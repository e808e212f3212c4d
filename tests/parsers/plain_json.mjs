// What a typed value of DynamoDB is shown as. It is worked out here once more, so that what is read
// is held against what was written, and not against another answer of the server.
import { compareNumbers, shownNumber } from './numbers.mjs';

const short = new Map([['"', '\\"'], ['\\', '\\\\'], ['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t']]);
const escaped = (c) => short.get(c) ?? '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0');

// As JSON that escapes what RFC 8259 requires and nothing else.
export const quote = (text) => '"' + text.replace(/["\\\u0000-\u001f]/g, escaped) + '"';

export const compareBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const compareBinaries = (a, b) =>
  Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'));

const kindOf = (typed) => Object.keys(typed)[0];
const membersOf = (map) => Object.keys(map).sort(compareBytes).map((name) => [name, map[name]]);
const sortedSet = {
  SS: (set) => [...set].sort(compareBytes),
  NS: (set) => [...set].sort(compareNumbers),
  BS: (set) => [...set].sort(compareBinaries),
};

export const objectText = (members) =>
  '{' + members.map(([name, typed]) => quote(name) + ':' + textOf(typed)).join(',') + '}';
export const objectValue = (members) =>
  Object.fromEntries(members.map(([name, typed]) => [name, valueOf(typed)]));

// The exact text.
export function textOf(typed) {
  const kind = kindOf(typed);
  const content = typed[kind];
  switch (kind) {
    case 'S': case 'B': return quote(content);
    case 'N': return shownNumber(content);
    case 'BOOL': return String(content);
    case 'NULL': return 'null';
    case 'SS': case 'BS': return '[' + sortedSet[kind](content).map(quote).join(',') + ']';
    case 'NS': return '[' + sortedSet.NS(content).map(shownNumber).join(',') + ']';
    case 'L': return '[' + content.map(textOf).join(',') + ']';
    case 'M': return objectText(membersOf(content));
    default: throw new Error('no kind of value: ' + kind);
  }
}

// What JSON.parse() makes of it.
export function valueOf(typed) {
  const kind = kindOf(typed);
  const content = typed[kind];
  switch (kind) {
    case 'N': return Number(content);
    case 'NULL': return null;
    case 'SS': case 'BS': return sortedSet[kind](content);
    case 'NS': return sortedSet.NS(content).map(Number);
    case 'L': return content.map(valueOf);
    case 'M': return objectValue(membersOf(content));
    default: return content;
  }
}

// The attribute at the end of a path of names; undefined where there is none.
export function find(image, names) {
  let typed = { M: image };
  for (const name of names) typed = typed?.M?.[name];
  return typed;
}

export const allMembers = membersOf;
