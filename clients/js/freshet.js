// Freshet's client: docs/client.md. A Client in each tab <- messages -> a Hub -> its Streams.
//
// A tab wants views by name, and events by the JSON of [types, topics]. It is told news of them:
// [name, kind, body, id].

const defaults = { batch: 20, linger: 5e3, silence: 45e3, retry: 2e3, most: 3e4 };

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
const bearer = (token) => token && { Authorization: 'Bearer ' + token };
const errorOf = (problem) =>
  Object.assign(new Error(problem.detail ?? 'status ' + problem.status), problem);
const problemOf = async (answer) =>
  ({ ...(await answer.json().catch(() => null)), status: answer.status });

// An id is epoch.events, or epoch.events-views-set beside views.
const places = (id) => (/\.(\d+)-?(\d*)/.exec(id) ?? [0, 0, 0]).slice(1).map(Number);
const least = (ids) => ids.filter(Boolean).sort((a, b) => places(a)[0] - places(b)[0])[0];
const isAfter = (a, b) => places(a)[0] > places(b)[0];

const safely = (fn, ...values) => {
  try {
    fn?.(...values);
  } catch (error) {
    console.error(error);
  }
};

// Bytes to frames, each an object of its fields.
export class Parser {
  decoder = new TextDecoder();
  rest = '';
  frame = {};

  push(bytes) {
    const frames = [];
    let text = this.decoder.decode(bytes, { stream: true });
    if (!text) return frames;
    if (this.isAfterCr && text[0] === '\n') text = text.slice(1);
    this.isAfterCr = text.endsWith('\r');
    const lines = (this.rest + text).split(/\r\n?|\n/);
    this.rest = lines.pop();
    for (const line of lines) {
      const { frame } = this;
      const [, name, value] = /^([^:]*):? ?([^]*)/.exec(line);
      if (!line) {
        frames.push(frame);
        this.frame = {};
      } else if (name !== 'id' || !value.includes('\0')) {
        frame[name] = name === 'data' && 'data' in frame ? frame.data + '\n' + value : value;
      }
    }
    return frames;
  }
}

const isPage = (shown) => /^keys,items(,next)?$/.test(Object.keys(shown ?? {}));

export function applied(shown, { remove, put, next = shown?.next }) {
  if (!isPage(shown)) return put[0] ? put[0].item : null;
  const gone = new Set([...remove, ...put.map(({ key }) => key)]);
  const items = shown.items.filter((_, i) => !gone.has(shown.keys[i]));
  const keys = shown.keys.filter((key) => !gone.has(key));
  for (const { key, index, item } of put) {
    keys.splice(index, 0, key);
    items.splice(index, 0, item);
  }
  return { keys, items, next: next ?? undefined };
}

// `now`, with what is the same in `was`.
export function settled(was, now) {
  if (same(was, now)) return was;
  if (!isPage(was) || !isPage(now)) return now;
  const known = new Map(was.keys.map((key, i) => [key, was.items[i]]));
  const items = now.items.map((item, i) => {
    const old = known.get(now.keys[i]);
    return same(old, item) ? old : item;
  });
  return { ...now, items };
}

class Stream {
  state = 'connecting';
  parts = [];
  failures = 0;

  constructor(hub) {
    this.hub = hub;
    this.retry = hub.times.retry;
  }

  hold(parts) {
    const isHeld = (part, i) => part === this.parts[i];
    if (parts.length === this.parts.length && parts.every(isHeld)) return;
    this.parts = parts;
    this.views = parts.filter(({ filter }) => !filter);
    this.filters = parts.filter(({ filter }) => filter);
    this.open();
  }

  async open() {
    const { hub } = this;
    this.close();
    const { signal } = (this.control = new AbortController());
    this.openIn(hub.times.silence);
    let wait = 0;
    try {
      const answer = await this.request(signal);
      const { status, headers } = answer;
      if (status === 401 && (await hub.sign())) {
        wait = this.isDenied ? 0 : -1;
        this.isDenied = true;
      } else if (/^4(?!08|29)/.test(status)) {
        const problem = await problemOf(answer);
        if (!signal.aborted) hub.refuse(this, problem);
        return;
      } else if (headers.get('Content-Type')?.startsWith('text/event-stream')) {
        await this.read(answer.body.getReader(), signal);
      } else {
        wait = 1e3 * headers.get('Retry-After') || 0;
      }
    } catch {}
    if (signal.aborted) return;
    if (wait < 0) return this.open();
    this.say('waiting');
    const backOff = Math.min(hub.times.most, this.retry * 2 ** this.failures++);
    this.openIn(Math.max(wait, this.retry, backOff) * (1 + Math.random() / 2));
  }

  openIn(ms) {
    clearTimeout(this.guard);
    this.guard = setTimeout(() => {
      this.say('waiting');
      this.open();
    }, ms);
  }

  close() {
    clearTimeout(this.guard);
    this.control?.abort();
  }

  // Continues where the part is that has heard least, and views only if all of them are there.
  request(signal) {
    const { parts, views, filters, hub } = this;
    const { fetch = globalThis.fetch } = hub;
    const query = new URLSearchParams(views.map(({ name }) => ['view', name]));
    const add = (name, values) => values.forEach((value) => query.append(name, value));
    const any = (i, all = []) =>
      filters.every(({ filter }) => filter[i]) ? filters.flatMap(({ filter }) => filter[i]) : all;
    if (views[0]) {
      add('events', any(1, ['all']));
      if (hub.everyMs) add('every_ms', [hub.everyMs]);
    } else {
      add('topic', any(1));
    }
    add('type', any(0));
    let id = least(parts.map((part) => part.id));
    if (views.some((view) => view.id !== id)) id = id?.split('-')[0];
    return fetch(hub.url + (views[0] ? 'live?' : 'events?') + query, {
      headers: {
        Accept: 'text/event-stream', ...bearer(hub.token), ...(id && { 'Last-Event-ID': id }),
      },
      credentials: 'include',
      cache: 'no-store',
      signal,
    });
  }

  async read(reader, signal) {
    const parser = new Parser();
    this.pending = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      this.heardAt = Date.now();
      this.openIn(this.hub.times.silence);
      for (const frame of parser.push(value)) this.take(frame);
    }
  }

  take({ event: type, data, id, retry = this.retry }) {
    const { hub, parts, views, filters, pending } = this;
    const body = data && JSON.parse(data);
    this.retry = +retry || this.retry;
    if (!data) {
      if (id) hub.tell(parts, 'mark', 0, id);
    } else if (type === 'hello' || type === 'reset') {
      this.failures = 0;
      this.isDenied = false;
      this.say('open');
      if (type === 'hello') return;
      for (const filter of filters) filter.id = undefined;
      hub.tell(filters, type, body);
    } else if (type === 'expiring') {
      hub.expire();
    } else if (type === 'snapshot') {
      pending.push([body.view, type, body.data]);
    } else if (type === 'change') {
      for (const name in body) pending.push([name, type, body[name]]);
    } else if (type === 'ended' && !id) {
      hub.end(views.filter(({ name }) => name === body.view), type);
    } else {
      // Without views there is one filter, and no topic in the data.
      const [topic, more] = filters[0]?.filter[1] ?? [];
      const event = {
        type, id, ...(views[0] ? body : { topic: more ? undefined : topic, data: body }),
      };
      const has = (some, one) => some?.includes(one ?? some[0]) ?? true;
      hub.tell(filters.filter(({ filter }) => has(filter[0], type) && has(filter[1], event.topic)),
        'event', event, id);
    }
    if (!id) return;
    for (const part of parts) part.id = id;
    // All since the last id is one moment.
    hub.post(pending.splice(0).map((news) => [...news, id]));
  }

  say(state) {
    this.state = state;
    this.hub.say();
  }
}

class Hub {
  tabs = new Map();
  parts = new Map();
  streams = new Map();
  groups = 0;
  asked = 0;
  signedAt = 0;

  constructor(settings) {
    Object.assign(this, { times: defaults }, settings);
  }

  serve(port) {
    const post = (message) => port.postMessage(message);
    port.onmessage = ({ data }) => this.receive(port, data, post);
    post({ isServed: true });
  }

  receive(id, { wants, lock, token, signs, wake, signed, bye }, post) {
    if (wants) {
      if (!this.tabs.has(id)) {
        this.tabs.set(id, { post, signs, names: new Map() });
        this.token ??= token;
        // Ours once the tab is gone.
        if (lock) navigator.locks.request(lock, () => this.drop(id));
      }
      this.want(this.tabs.get(id), wants);
    }
    if (bye) this.drop(id);
    if (signed) this.signed?.(signed);
    for (const stream of wake ? this.streams.values() : []) {
      if (stream.state === 'waiting' || Date.now() - stream.heardAt > 2e4) stream.open();
    }
  }

  drop(id) {
    this.tabs.delete(id);
    this.prune();
  }

  // What is new to a tab is told to all from the beginning; the others see that it is the same.
  want(tab, wants) {
    for (const [name, heard] of wants) {
      if (tab.names.has(name)) continue;
      const filter = name[0] === '[' && JSON.parse(name);
      const { group, id } = this.parts.get(name) ?? {};
      this.parts.set(name, { name, filter, group, id: filter ? least([id, heard]) : undefined });
    }
    tab.names = new Map(wants);
    tab.post({ state: this.state });
    this.prune();
  }

  prune() {
    const names = new Set([...this.tabs.values()].flatMap((tab) => [...tab.names.keys()]));
    for (const name of this.parts.keys()) if (!names.has(name)) this.parts.delete(name);
    this.timer ??= setTimeout(() => this.plan(), this.times.batch);
  }

  plan() {
    this.timer = clearTimeout(this.timer);
    const parts = [...this.parts.values()].filter(({ isOver }) => !isOver);
    const view = parts.find(({ filter }) => !filter);
    const groups = new Map();
    if (view) view.group ??= 0;
    for (const part of parts) {
      if (!part.filter) part.group ??= view.group;
      const group = part.group ?? (view ? view.group : part.name);
      groups.set(group, [...(groups.get(group) ?? []), part]);
    }
    for (const [group, stream] of this.streams) {
      if (groups.has(group)) continue;
      stream.close();
      this.streams.delete(group);
    }
    for (const [group, held] of groups) {
      if (!this.streams.has(group)) this.streams.set(group, new Stream(this));
      this.streams.get(group).hold(held);
    }
    this.say();
  }

  // One part is to blame, or they are divided.
  refuse({ parts, views, filters }, problem) {
    const blamed = parts[1] ? views.filter(({ name }) => name === problem.view) : parts;
    if (blamed[0]) {
      this.end(blamed, 'refused', problem);
    } else if (filters[0]) {
      for (const filter of filters) filter.group = filter.name;
    } else {
      ++this.groups;
      for (const view of views.slice(views.length / 2)) view.group = this.groups;
    }
    this.plan();
  }

  end(parts, ...what) {
    for (const part of parts) part.isOver = true;
    this.tell(parts, ...what);
    this.prune();
  }

  tell(parts, ...what) {
    this.post(parts.map(({ name }) => [name, ...what]));
  }

  post(news) {
    for (const { names, post } of this.tabs.values()) {
      const own = news.filter(([name]) => names.has(name));
      if (own[0]) post({ news: own });
    }
  }

  // False if no tab can. If one does not answer, another one is asked the next time.
  async sign() {
    const able = [...this.tabs.values()].filter(({ signs }) => signs);
    if (!able[0]) return false;
    this.signing ??= new Promise((done) => {
      this.signed = done;
      setTimeout(done, 1e4, {}).unref?.();
      able[this.asked++ % able.length].post({ ask: true });
    });
    const { ok, token } = await this.signing;
    this.signing = null;
    if (!ok) throw ok;
    this.token = token;
    this.signedAt = Date.now();
    return true;
  }

  // Not over and over, where what comes expires soon, too.
  async expire() {
    if (Date.now() - this.signedAt < 5e3 || !(await this.sign().catch(() => 0))) return;
    for (const stream of this.streams.values()) stream.open();
  }

  say() {
    const states = [...this.streams.values()].map(({ state }) => state);
    this.state = ['waiting', 'connecting', 'open'].find((state) => states.includes(state));
    for (const { post } of this.tabs.values()) post({ state: this.state });
  }

  close() {
    this.tabs.clear();
    this.prune();
    this.plan();
  }
}

// The tab with the lock has the hub; when it is gone, the next one.
function leader({ name, lock, settings }, ends) {
  const port = new BroadcastChannel(lock);
  const desk = new BroadcastChannel(name);
  desk.onmessage = ({ data }) => data || desk.postMessage(lock);
  desk.postMessage(lock);
  navigator.locks.request(name, ends, () => new Promise((done) => {
    const hub = new Hub(settings);
    const all = new BroadcastChannel(name);
    const served = new Set();
    all.onmessage = ({ data }) => {
      if (!data || served.has(data)) return;
      served.add(data);
      hub.serve(new BroadcastChannel(data));
    };
    all.postMessage('');
    ends.signal.onabort = () => {
      hub.close();
      all.close();
      done();
    };
  })).catch(() => {});
  ends.signal.addEventListener('abort', () => desk.close());
  return port;
}

class Wanted {
  listeners = new Set();

  constructor(client, name) {
    this.client = client;
    this.name = name;
  }

  listen(listener) {
    this.listeners.add(listener);
    clearTimeout(this.timer);
    if (!this.isWanted) {
      this.forget();
      this.isWanted = true;
      this.client.want();
    }
    return () => {
      if (!this.listeners.delete(listener) || this.listeners.size) return;
      this.timer = setTimeout(() => {
        this.isWanted = false;
        if (!this.over) this.forget();
        this.client.want();
      }, this.over ? 0 : this.client.settings.times.linger);
      this.timer.unref?.();
    };
  }
}

class Events extends Wanted {
  forget() {
    this.heard = undefined;
    this.news = [];
  }

  take(kind, body, id) {
    if (kind === 'event' && !isAfter(id, this.heard)) return;
    if (kind === 'reset' || !isAfter(this.heard, id)) this.heard = id;
    if (kind !== 'mark') this.news.push([kind, body]);
  }

  tell() {
    for (const [kind, body] of this.news.splice(0)) {
      for (const listener of [...this.listeners]) safely(listener[kind], body);
    }
  }
}

class View extends Wanted {
  get status() {
    if (this.over) return this.over;
    if (this.value === undefined) return 'connecting';
    return /waiting|closed/.test(this.client.state) ? 'stale' : 'live';
  }

  forget() {
    this.position = undefined;
    this.show();
  }

  show(shown, over, problem) {
    this.shown = shown;
    this.value = isPage(shown) ? shown.items : shown;
    this.next = isPage(shown) ? shown.next : undefined;
    this.over = over;
    this.error = problem && errorOf(problem);
  }

  take(kind, body, id) {
    const [events, views] = places(id);
    if (kind === 'mark') {
      this.position = views || this.position;
    } else if (kind === 'ended' || kind === 'refused') {
      this.show(undefined, kind, body);
    } else if (kind === 'snapshot' || this.shown !== undefined) {
      this.show(settled(this.shown, kind === 'change' ? applied(this.shown, body) : body));
      this.position = views || events;
    }
  }

  tell() {
    for (const listener of [...this.listeners]) listener();
  }

  getSnapshot = () => this.value;

  subscribe = (fn) => {
    let { value, over } = this;
    const stop = this.listen(() => {
      if (value === this.value && over === this.over) return;
      ({ value, over } = this);
      safely(fn, value);
    });
    safely(fn, value);
    return stop;
  };

  ready() {
    return this.until(() => true);
  }

  // Of a write that has changed nothing here, only a read tells.
  at(position) {
    let read;
    const isThere = () => this.position >= position || (read && same(read.value, this.value));
    if (!isThere()) {
      this.client.get(this.name, { minPosition: position }).then((found) => {
        read = found;
        this.tell();
      }, () => {});
    }
    return this.until(isThere);
  }

  until(test) {
    return new Promise((done, fail) => {
      const look = () => {
        if (this.over || this.client.state === 'closed') {
          fail(this.error ?? new Error(this.name + ' has ended'));
        } else if (this.value !== undefined && test()) done(this.value);
        else return;
        stop();
      };
      const stop = this.listen(look);
      look();
    });
  }

  async *[Symbol.asyncIterator]() {
    const stop = this.listen(() => {});
    let last;
    try {
      for (;;) yield (last = await this.until(() => this.value !== last));
    } catch {
      if (this.error) throw this.error;
    } finally {
      stop();
    }
  }
}

class Client {
  state = 'connecting';
  wanted = new Map();
  listeners = new Set();

  constructor(from, options) {
    const { everyMs, key, shared, token, renew } = options;
    const { origin, pathname } = new URL(from, globalThis.location?.href);
    const url = origin + pathname.replace(/\/?$/, '/');
    const isInPage = typeof document === 'object';
    this.options = options;
    this.settings = {
      url, everyMs, times: { ...defaults, ...options.times }, fetch: options.fetch,
    };
    this.name = 'freshet ' + JSON.stringify({ url, everyMs, key });
    this.signs = !!renew || typeof token === 'function';
    this.isShared = shared ?? (isInPage && !options.fetch);
    this.open();
    if (!isInPage) return;
    const wake = () => this.post({ wake: true });
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    // A page that may come back must not lead meanwhile.
    addEventListener('pagehide', () => this.leave());
    addEventListener('pageshow', ({ persisted }) => persisted && this.open());
  }

  async open() {
    const locks = this.isShared && globalThis.navigator?.locks;
    const ends = (this.ends = new AbortController());
    if (locks) {
      this.lock = 'freshet tab ' + Math.random();
      await new Promise((held) => locks.request(this.lock, () => new Promise((free) => {
        ends.signal.addEventListener('abort', free);
        held();
      })));
    }
    if (this.state === 'closed') return;
    const otherwise = () => {
      if (locks && globalThis.BroadcastChannel) return this.use(leader(this, ends));
      const { port1, port2 } = new MessageChannel();
      this.use(port1);
      new Hub(this.settings).serve(port2);
    };
    try {
      if (!this.isShared) throw 0;
      const worker = new SharedWorker(this.options.workerUrl ?? import.meta.url,
        { type: 'module', name: this.name });
      this.use(worker.port);
      worker.onerror = otherwise;
      this.timer = setTimeout(otherwise, 5e3);
    } catch {
      otherwise();
    }
  }

  use(port) {
    clearTimeout(this.timer);
    this.post({ bye: true });
    this.port?.close();
    this.port = port;
    if (port) port.onmessage = ({ data }) => this.receive(data);
  }

  leave() {
    this.use(null);
    this.ends.abort();
  }

  post(message) {
    this.port?.postMessage(message);
  }

  async want() {
    const { lock, signs, wanted } = this;
    const token = await this.sign().catch(() => null);
    const wants = [...wanted.values()].filter(({ isWanted }) => isWanted);
    this.post({ wants: wants.map(({ name, heard }) => [name, heard]), lock, signs, token });
  }

  async receive({ isServed, state, news = [], ask }) {
    if (this.state === 'closed') return;
    if (isServed) {
      clearTimeout(this.timer);
      this.want();
    }
    if (state && state !== this.state) this.say(state);
    const told = new Set();
    for (const [name, ...one] of news) {
      const wanted = this.wanted.get(name);
      if (!wanted?.isWanted) continue;
      wanted.take(...one);
      told.add(wanted);
    }
    for (const wanted of told) wanted.tell();
    if (!ask) return;
    this.post({ signed: await this.sign(true).then((token) => ({ ok: true, token }), () => ({})) });
  }

  say(state) {
    this.state = state;
    for (const listener of [...this.listeners]) safely(listener, state);
  }

  async sign(isFresh) {
    const { token, renew } = this.options;
    if (typeof token === 'function') {
      if (isFresh || !this.token) {
        this.token = Promise.resolve().then(token);
        this.token.catch(() => { this.token = null; });
      }
      return this.token;
    }
    if (isFresh) await renew();
    return token;
  }

  of(name, Kind) {
    if (!this.wanted.has(name)) this.wanted.set(name, new Kind(this, name));
    return this.wanted.get(name);
  }

  view(name) {
    return this.of(name, View);
  }

  on({ type, topic } = {}, fn, { onReset, onError = console.error } = {}) {
    const name = JSON.stringify([type, topic].map((some) => some && [some].flat()));
    return this.of(name, Events).listen({
      event: ({ data, ...event }) => fn(data, event),
      reset: onReset,
      refused: (problem) => onError(errorOf(problem)),
    });
  }

  async get(path, { minPosition } = {}) {
    const url = new URL(this.settings.url + 'views/' + path);
    if (minPosition) url.searchParams.set('min_position', minPosition);
    const { fetch = globalThis.fetch } = this.settings;
    const request = async (isFresh) => fetch(url, {
      headers: { Accept: 'application/json', ...bearer(await this.sign(isFresh)) },
      credentials: 'include',
    });
    let answer = await request();
    if (answer.status === 401 && this.signs) answer = await request(true);
    const position = answer.headers.get('Freshet-Position');
    // An item is not there; where a view is not, there is no position.
    const isNone = answer.status === 404 && position;
    if (!answer.ok && !isNone) throw errorOf(await problemOf(answer));
    const body = isNone ? null : await answer.json();
    const isList = /^items(,next)?$/.test(Object.keys(body ?? {}));
    const { items: value, next } = isList ? body : { items: body };
    return { value, next, position: +position };
  }

  onState = (fn) => {
    const listener = (state) => fn(state);
    this.listeners.add(listener);
    safely(fn, this.state);
    return () => this.listeners.delete(listener);
  };

  close() {
    this.leave();
    this.say('closed');
    for (const wanted of this.wanted.values()) wanted.tell();
  }
}

export const connect = (url = '/', options = {}) => new Client(url, options);

// As a SharedWorker:
if (globalThis.SharedWorkerGlobalScope && name.startsWith('freshet {')) {
  const hub = new Hub(JSON.parse(name.slice(8)));
  globalThis.onconnect = ({ ports: [port] }) => hub.serve(port);
}
