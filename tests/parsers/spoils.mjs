// What a stream must not do, done to it on its way: each has to be noticed, or the comparison would
// be worth nothing. Each takes the first bytes of a stream and returns what passes in their place,
// or null if it needs more of them. The first frames stay as they were sent.

const data = /(?<=\ndata: )[^\n]+(?=\n\n)/;

const halved = (text) => [text.slice(0, text.length / 2), text.slice(text.length / 2)];
const other = (text, at) =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
const otherInTheMiddle = (text) => other(text, Math.floor(text.length / 2));
const otherAtTheEnd = (text) => other(text, text.length - 1);

// `change` is given two frames that follow each other, and returns what passes in their place.
function spoiled(frame, change) {
  return (bytes) => {
    const text = bytes.toString('latin1'); // a character for each byte
    const frames = [...text.matchAll(frame)].slice(2, 4);
    if (frames.length < 2) return null;
    const [{ index, 0: first }, { 0: second }] = frames;
    const end = index + first.length + second.length;
    return Buffer.from(text.slice(0, index) + change(first, second) + text.slice(end), 'latin1');
  };
}

const event = /id: [^\n]+\nevent: (?!bookmark)[^\n]+\ndata: [^\n]+\n\n/g;
const snapshot = /event: snapshot\ndata: [^\n]+\n\n/g;

// By name: what is done, and by what it is noticed.
export const spoilsOfEvents = new Map(Object.entries({
  'a byte of the data is another': [
    (a, b) => a.replace(data, otherInTheMiddle) + b, /the data differs/],
  'the data is two lines': [
    (a, b) => a.replace(data, (it) => halved(it).join('\ndata: ')) + b, /the data differs/],
  // Who listens for types is not told of another one, and misses it.
  'a type is another': [
    (a, b) => a.replace(/(?<=event: )[^\n]+/, otherInTheMiddle) + b, /the (type|id) differs/],
  'an id is another': [
    (a, b) => a.replace(/(?<=id: )[^\n]+/, otherAtTheEnd) + b, /the id differs/],
  'a frame is lost': [(a, b) => b, /the id differs/],
  'a frame comes twice': [(a, b) => a + a + b, /the id differs/],
  'two frames change places': [(a, b) => b + a, /the id differs/],
}).map(([name, [change, notice]]) => [name, { spoil: spoiled(event, change), notice }]));

export const spoilsOfViews = new Map(Object.entries({
  // It may be one of the name of its view, of a key or of a bracket.
  'a byte of a snapshot is another': [
    (a, b) => a.replace(data, otherInTheMiddle) + b, /a live view at|no snapshot of a live view/],
  'a snapshot is lost': [(a, b) => b, /a live view at/],
}).map(([name, [change, notice]]) => [name, { spoil: spoiled(snapshot, change), notice }]));
