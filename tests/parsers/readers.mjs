// The three readers, each with all that it hears of a stream: {type, id, data}, where `id` is empty
// if it does not tell one. They reconnect by themselves until they are closed.
import { get } from 'node:http';

import polyfill from 'event-source-polyfill';
import { EventSource } from 'eventsource';
import { createParser } from 'eventsource-parser';

const { EventSourcePolyfill } = polyfill;
const retryMs = 20;

// A parser is no client, so this is one around it. What comes is handed over in random pieces,
// which end anywhere in a line and in a character.
class ParserReader {
  constructor({ url, hear, draws }) {
    this.url = url;
    this.hear = hear;
    this.draws = draws;
    this.lastId = '';
    this.isClosed = false;
    this.connect();
  }

  connect() {
    if (this.isClosed) return;
    const headers = { Accept: 'text/event-stream' };
    if (this.lastId) headers['Last-Event-ID'] = this.lastId;
    const again = () => setTimeout(() => this.connect(), retryMs);
    this.request = get(this.url, { headers, agent: false }, (response) => {
      this.read(response);
      response.on('error', () => {}).on('close', again);
    });
    this.request.on('error', (error) => {
      if (!this.request.res) again(error);
    });
  }

  read(response) {
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: ({ event, id, data }) => {
        this.lastId = id ?? this.lastId;
        this.hear({ type: event ?? 'message', id: id ?? '', data });
      },
      onError: (error) => this.hear({ type: 'error', id: '', data: String(error) }),
    });
    response.on('data', (bytes) => {
      for (let at = 0; at < bytes.length;) {
        const end = at + this.draws.between(1, this.draws.is(3) ? 3 : 4_000);
        parser.feed(decoder.decode(bytes.subarray(at, end), { stream: true }));
        at = end;
      }
    });
  }

  close() {
    this.isClosed = true;
    this.request.destroy();
  }
}

// An EventSource tells of the types that it was asked for.
function listen(source, types, hear) {
  const tell = ({ type, lastEventId, data }) => hear({ type, id: lastEventId, data });
  for (const type of types) source.addEventListener(type, tell);
  source.addEventListener('error', () => {
    if (source.readyState === source.CLOSED) hear({ type: 'error', id: '', data: 'it gave up' });
  });
  return source;
}

// It writes each break to the console, but here breaks are made on purpose.
function quietPolyfill(url) {
  console.error = () => {};
  return new EventSourcePolyfill(url);
}

export const readers = new Map([
  ['eventsource-parser', (asked) => new ParserReader(asked)],
  ['eventsource', ({ url, types, hear }) => listen(new EventSource(url), types, hear)],
  ['event-source-polyfill', ({ url, types, hear }) => listen(quietPolyfill(url), types, hear)],
]);
