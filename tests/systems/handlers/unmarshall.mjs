// Knows no attribute by name: both images become plain values, as unmarshall() of
// @aws-sdk/util-dynamodb has them, and what differs is told. Fails if a type is not one.
import { appendFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

function toNumber(text) {
    const number = Number(text);
    return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : BigInt(text);
}

const convert = {
    S: (value) => value,
    N: toNumber,
    B: (value) => Buffer.from(value, 'base64'),
    BOOL: (value) => value,
    NULL: () => null,
    L: (list) => list.map(toNative),
    M: (map) => unmarshall(map),
    SS: (set) => new Set(set),
    NS: (set) => new Set(set.map(toNumber)),
    BS: (set) => new Set(set.map((value) => Buffer.from(value, 'base64'))),
};
function toNative(attribute) {
    const [[type, value], ...more] = Object.entries(attribute);
    if (!convert[type] || more.length) throw new Error(`Unsupported type passed: ${type}`);
    return convert[type](value);
}
const unmarshall = (image = {}) =>
    Object.fromEntries(Object.entries(image).map(([name, value]) => [name, toNative(value)]));
const shown = (name, value) =>  // JSON has neither sets nor big integers
    value instanceof Set ? [...value] : typeof value === 'bigint' ? `${value}` : value;

export const handler = async ({ Records }) => Records.forEach(({ eventName, dynamodb }) => {
    const [key, was, is] = ['Keys', 'OldImage', 'NewImage'].map((n) => unmarshall(dynamodb[n]));
    const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()
        .filter((name) => !isDeepStrictEqual(was[name], is[name]));
    const entry = { did: 'audit', event: eventName, key, changed, was, is };
    appendFileSync(process.env.HANDLED, JSON.stringify(entry, shown) + '\n');
});
