// Freshet's client for browsers and Node.js. docs/client.md shows it, freshet.d.ts has each call.
//
//     Client, in each tab  <- messages ->  Hub, one for all tabs  ->  Stream, a connection
//
// A tab says what it wants by keys: a view by its name, events by the JSON of [types, topics]. It
// is told news of them: [key, kind, body, id].

const defaults = { batch: 20, linger: 5e3, silence: 45e3, retry: 2e3, most: 3e4, lag: 250 };

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

// An id is `epoch.events`, or `epoch.events-views-…` where views are watched.
const places = (id) => (/\.(\d+)-?(\d*)/.exec(id) ?? [0, 0, 0]).slice(1).map(Number);
const later = (a, b) => (places(a)[0] > places(b)[0] ? a : b);
const bearer = (token) => token && { Authorization: 'Bearer ' + token };

const safely = (fn, ...values) => {
  try {
    fn?.(...values);
  } catch (error) {
    console.error(error);
  }
};

const errorOf = (problem) =>
  Object.assign(new Error(problem.detail ?? 'status ' + problem.status), problem);
const problemOf = async (answer) =>
  ({ ...(await answer.json().catch(() => null)), status: answer.status });

// Bytes to frames, as the HTML standard has it. A frame that is `marked` has an id of its own.
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
      const [, name, value] = /^([^:]*):? ?([^]*)$/.exec(line);
      if (!line) {
        this.frame = {};
        if (frame.marked || 'data' in frame) frames.push({ ...frame, id: this.id });
      } else if (name === 'data') {
        frame.data = 'data' in frame ? frame.data + '\n' + value : value;
      } else if (name === 'event') {
        frame.type = value;
      } else if (name === 'id' && !value.includes('\0')) {
        this.id = value;
        frame.marked = true;
      } else if (name === 'retry' && /^\d+$/.test(value)) {
        this.retry = +value;
      }
    }
    return frames;
  }
}

// What a view shows is a page, {keys, items, next}, or else an item, a group or null.
const isPage = (shown) =>
  Array.isArray(shown?.keys) && shown.keys.length === shown.items?.length &&
  Object.keys(shown).length === ('next' in shown ? 3 : 2);

export function applied(shown, { remove, put, next }) {
  if (!isPage(shown)) return put[0] ? put[0].item : null;
  const gone = new Set([...remove, ...put.map(({ key }) => key)]);
  const items = shown.items.filter((_, i) => !gone.has(shown.keys[i]));
  const keys = shown.keys.filter((key) => !gone.has(key));
  for (const { key, index, item } of put) {
    keys.splice(index, 0, key);
    items.splice(index, 0, item);
  }
  return { keys, items, next: next === undefined ? shown.next : next ?? undefined };
}

// `now`, with what is the same in `was`; `was` itself if that is all.
export function settled(was, now) {
  if (!isPage(was) || !isPage(now)) return same(was, now) ? was : now;
  const known = new Map(was.keys.map((key, i) => [key, was.items[i]]));
  const items = now.items.map((item, i) => {
    const old = known.get(now.keys[i]);
    return same(old, item) ? old : item;
  });
  const isSame = same([was.keys, was.next], [now.keys, now.next]) &&
    items.every((item, i) => item === was.items[i]);
  return isSame ? was : { ...now, items };
}

// A connection for some of the hub's parts.
class Stream {
  state = 'connecting';
  parts = [];
  failures = 0;

  constructor(hub) {
    this.hub = hub;
    this.retry = hub.times.retry;
  }

  hold(parts) {
    const isHeld = (part, i) => part === this.parts[i] && !part.isRewound;
    if (parts.length === this.parts.length && parts.every(isHeld)) return;
    this.parts = parts;
    for (const part of parts) part.isRewound = false;
    this.open();
  }

  open() {
    this.close();
    this.run((this.turn = {}));
  }

  close() {
    this.turn = null;
    clearTimeout(this.guard);
    this.control?.abort();
    this.wake?.();
  }

  // All filters together bring what each asks for, and more: `take` looks at each event again.
  // The connection continues after the id of the part that has heard least. Views continue only if
  // all of them are as of that id; otherwise they begin with snapshots.
  ask(signal) {
    const { parts, hub } = this;
    const views = parts.filter((part) => !part.filter);
    const filters = parts.filter((part) => part.filter);
    const any = (i) => filters.every(({ filter }) => filter[i]) &&
      filters.flatMap(({ filter }) => filter[i]);
    const topics = any(1) || (views[0] ? ['all'] : []);
    const query = new URLSearchParams(views.map(({ key }) => ['view', key]));
    for (const topic of topics) query.append(views[0] ? 'events' : 'topic', topic);
    for (const type of any(0) || []) query.append('type', type);
    if (views[0] && hub.everyMs) query.append('every_ms', hub.everyMs);

    const ids = parts.map(({ id }) => id).filter(Boolean);
    let id = ids.reduce((a, b) => (later(a, b) === a ? b : a), ids[0]);
    if (views.some((view) => view.id !== id)) id = id?.split('-')[0];
    return hub.fetch(hub.url + (views[0] ? 'live?' : 'events?') + query, {
      headers: {
        Accept: 'text/event-stream', ...bearer(hub.token), ...(id && { 'Last-Event-ID': id }),
      },
      credentials: 'include',
      cache: 'no-store',
      signal,
    });
  }

  async run(turn) {
    const { hub } = this;
    while (turn === this.turn) {
      let least = 0;
      let isDue = false;
      const control = (this.control = new AbortController());
      try {
        this.watch();
        if (!hub.token && hub.has('token')) await hub.sign();
        const answer = await this.ask(control.signal);
        const { status, headers } = answer;
        if (status === 401 && (await hub.sign())) {
          isDue = !this.isDenied;
          this.isDenied = true;
        } else if (/^4(?!08|29)/.test(status)) {
          const problem = await problemOf(answer);
          if (turn === this.turn) hub.refuse(this, problem);
          return;
        } else if (headers.get('Content-Type')?.startsWith('text/event-stream')) {
          await this.read(answer.body.getReader(), turn);
        } else {
          least = 1e3 * headers.get('Retry-After') || 0;
        }
      } catch {
        // It has broken, and is tried again.
      }
      control.abort();
      if (turn !== this.turn) return;
      clearTimeout(this.guard);
      if (!isDue) await this.pause(least);
    }
  }

  // The server sends bookmarks: who is silent for so long is gone.
  watch() {
    const { control } = this;
    clearTimeout(this.guard);
    this.guard = setTimeout(() => control.abort(), this.hub.times.silence);
  }

  pause(least) {
    this.say('waiting');
    const backOff = Math.min(this.hub.times.most, this.retry * 2 ** this.failures++);
    return new Promise((done) => {
      const timer = setTimeout(done, Math.max(least, this.retry, backOff) * (1 + Math.random() / 2));
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  async read(reader, turn) {
    const parser = new Parser();
    this.pending = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done || turn !== this.turn) return;
      this.heardAt = Date.now();
      this.watch();
      for (const frame of parser.push(value)) this.take(frame);
      this.retry = parser.retry ?? this.retry;
    }
  }

  take({ type, data, id, marked }) {
    const { hub, parts, pending } = this;
    const body = data && JSON.parse(data);
    const filters = parts.filter((part) => part.filter);
    if (!data) {
      hub.tell(parts.map(({ key }) => [key, 'mark', 0, id]));
    } else if (type === 'hello' || type === 'reset') {
      this.failures = 0;
      this.isDenied = false;
      this.say('open');
      if (type === 'hello') return;
      for (const filter of filters) filter.id = undefined;
      hub.tell(filters.map(({ key }) => [key, type, body]));
    } else if (type === 'expiring') {
      hub.expire();
    } else if (type === 'snapshot') {
      pending.push([body.view, type, body.data]);
    } else if (type === 'change') {
      for (const [name, change] of Object.entries(body)) pending.push([name, type, change]);
    } else if (type === 'ended' && !marked) {
      hub.end(hub.parts.get(body.view), type);
    } else {
      // Only beside views does an event say its topic; without them, there is one filter only.
      const isNamed = filters.length < parts.length;
      const [only, more] = filters[0].filter[1] ?? [];
      const event = isNamed ? { type, ...body, id } :
        { type, topic: more ? undefined : only, data: body, id };
      hub.tell(filters.filter(({ filter: [types, topics] }) =>
        (types?.includes(type) ?? true) && (!isNamed || (topics?.includes(body.topic) ?? true))
      ).map(({ key }) => [key, 'event', event, id]));
    }
    if (!marked) return;
    for (const part of parts) part.id = part.filter ? later(part.id, id) : id;
    // What came without an id before belongs to the same moment.
    for (const [name, kind, change] of pending) {
      const part = hub.parts.get(name);
      if (part) part.shown = kind === 'change' ? applied(part.shown, change) : change;
    }
    hub.tell(pending.splice(0).map((news) => [...news, id]));
  }

  say(state) {
    this.state = state;
    this.hub.say();
  }
}

// What the tabs want together, and the streams for it. Views share one stream, and so do events
// beside them, unless the server refuses them together.
class Hub {
  tabs = new Map();
  parts = new Map();
  streams = new Map();
  groups = 0;
  asked = 0;
  signedAt = 0;
  state = 'connecting';

  constructor(settings) {
    Object.assign(this, { fetch: (...asked) => fetch(...asked), ...settings });
    this.times = { ...defaults, ...settings.times };
  }

  receive(id, { bye, join, keys, heard, wake, signed }, post) {
    if (join) {
      this.tabs.set(id, { ...join, post, keys: new Set() });
      this.token ??= join.token;
      // It is ours once the tab is gone.
      if (join.lock) navigator.locks.request(join.lock, () => this.drop(id));
    }
    if (bye) this.drop(id);
    if (this.tabs.has(id) && keys) this.want(this.tabs.get(id), keys, heard);
    if (signed) this.signed?.(signed);
    for (const stream of wake ? this.streams.values() : []) {
      if (stream.state === 'waiting') stream.wake?.();
      else if (Date.now() - stream.heardAt > 2e4) stream.open();
    }
  }

  drop(id) {
    if (this.tabs.delete(id)) this.prune();
  }

  want(tab, keys, heard = {}) {
    const news = [];
    for (const key of keys) {
      const part = this.parts.get(key) ?? { key, filter: key[0] === '[' && JSON.parse(key) };
      this.parts.set(key, part);
      // This tab may have heard less than others.
      if (heard[key] && (!part.id || places(heard[key])[0] < places(part.id)[0])) {
        part.id = heard[key];
        part.isRewound = true;
      }
      if (tab.keys.has(key)) continue;
      if (part.over) news.push([key, ...part.over]);
      else if (part.shown !== undefined) news.push([key, 'snapshot', part.shown, part.id]);
      else news.push([key, 'mark', 0, part.filter && part.id]);
    }
    tab.keys = new Set(keys);
    tab.post({ state: this.state, news });
    this.prune();
  }

  prune() {
    for (const key of this.parts.keys()) {
      if (![...this.tabs.values()].some(({ keys }) => keys.has(key))) this.parts.delete(key);
    }
    this.timer ??= setTimeout(() => this.plan(), this.times.batch);
  }

  plan() {
    clearTimeout(this.timer);
    this.timer = null;
    const parts = [...this.parts.values()].filter(({ over }) => !over);
    const first = parts.find(({ filter }) => !filter)?.group ?? 0;
    const groups = new Map();
    for (const part of parts) {
      if (!part.filter) part.group ??= first;
      const isAlone = part.filter && (part.isAlone || parts.every(({ filter }) => filter));
      const group = isAlone ? part.key : part.group ?? first;
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

  // Because of the part that the server names, or of the only one. Otherwise they are divided.
  refuse({ parts }, problem) {
    const blamed = parts[1] ? parts.find(({ key }) => key === problem.view) : parts[0];
    const filters = parts.filter(({ filter }) => filter);
    if (blamed) this.end(blamed, 'refused', problem);
    else if (filters[0]) for (const filter of filters) filter.isAlone = true;
    else {
      ++this.groups;
      for (const view of parts.slice(parts.length / 2)) view.group = this.groups;
    }
    this.plan();
  }

  end(part, ...over) {
    if (!part) return;
    part.over = over;
    part.shown = undefined;
    this.tell([[part.key, ...over]]);
    this.prune();
  }

  has(what) {
    return [...this.tabs.values()].some(({ signs }) => signs === what);
  }

  // Has a tab give another token, or renew the cookie; false if none can. One that does not answer
  // is not asked again at once.
  async sign() {
    const able = [...this.tabs.values()].filter(({ signs }) => signs);
    if (!able[0]) return false;
    this.signing ??= new Promise((done) => {
      this.signed = done;
      setTimeout(done, 1e4).unref?.();
      able[this.asked++ % able.length].post({ ask: true });
    });
    const signed = await this.signing;
    this.signing = null;
    if (!signed?.ok) throw signed;
    this.token = signed.token;
    this.signedAt = Date.now();
    return true;
  }

  // If what comes expires soon, too, the stream is left to end.
  async expire() {
    if (Date.now() - this.signedAt < 5e3 || !(await this.sign().catch(() => false))) return;
    for (const stream of this.streams.values()) stream.open();
  }

  tell(news) {
    for (const { keys, post } of this.tabs.values()) {
      const own = news.filter(([key]) => keys.has(key));
      if (own[0]) post({ news: own });
    }
  }

  say() {
    const states = [...this.streams.values()].map(({ state }) => state);
    const state = ['waiting', 'connecting', 'open'].find((one) => states.includes(one));
    if (this.state === (state ?? 'connecting')) return;
    this.state = state ?? 'connecting';
    for (const { post } of this.tabs.values()) post({ state: this.state });
  }

  close() {
    clearTimeout(this.timer);
    this.timer = 0; // nothing is planned any more
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
  }
}

// ---- The ways to a hub ----

function here(client) {
  const hub = new Hub(client.settings);
  const answer = (message) => queueMicrotask(() => client.receive(message));
  return {
    post: (message) => queueMicrotask(() => hub.receive(0, message, answer)),
    close: () => hub.close(),
  };
}

function worker(client, url, fail) {
  const shared = new SharedWorker(url, { type: 'module', name: client.name });
  const { port } = shared;
  const timer = setTimeout(fail, 5e3);
  shared.onerror = fail;
  port.onmessage = ({ data }) => {
    clearTimeout(timer);
    client.receive(data);
  };
  return {
    post: (message) => port.postMessage(message),
    close() {
      clearTimeout(timer);
      port.postMessage({ bye: true });
      port.close();
    },
  };
}

// The tab that holds the lock has the hub. When it is gone the next one has it, and all tabs tell
// what they want and have heard.
function leader(client) {
  const { name, lock: me } = client;
  const channel = new BroadcastChannel(name);
  const waiting = new AbortController();
  let hub;
  let step;
  const take = (from, message) => hub?.receive(from, message, (answer) => send(from, answer));
  const send = (to, message) => {
    if (to === me) queueMicrotask(() => client.receive(message));
    else channel.postMessage({ to, message });
  };
  const post = (message) => {
    if (hub) queueMicrotask(() => take(me, message));
    else channel.postMessage({ from: me, message });
  };
  channel.onmessage = ({ data: { to, from, message } }) => {
    if (from) take(from, message);
    else if (!to || to === me) client.receive(message);
  };
  navigator.locks.request(name, { signal: waiting.signal }, () => {
    hub = new Hub(client.settings);
    channel.postMessage({ message: { lead: true } });
    client.join();
    return new Promise((done) => { step = done; });
  }).catch(() => {});
  return {
    post,
    close() {
      if (!hub) post({ bye: true });
      waiting.abort();
      hub?.close();
      hub = null;
      step?.();
      channel.close();
    },
  };
}

// ---- What a page uses ----

// What a tab wants under one key, while there are listeners and a little longer.
class Wanted {
  listeners = new Set();

  constructor(client, key) {
    this.client = client;
    this.key = key;
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
      }, this.over ? 0 : this.client.times.linger);
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
    if (kind === 'event' && places(id)[0] <= places(this.heard)[0]) return;
    this.heard = kind === 'reset' ? undefined : later(this.heard, id);
    if (kind !== 'mark') this.news.push([kind, body]);
  }

  tell() {
    for (const [kind, body] of this.news.splice(0)) {
      for (const listener of [...this.listeners]) safely(listener[kind], body);
    }
  }
}

class View extends Wanted {
  get name() {
    return this.key;
  }

  get status() {
    if (this.over) return this.over;
    if (this.value === undefined) return 'connecting';
    return /waiting|closed/.test(this.client.state) ? 'stale' : 'live';
  }

  forget() {
    this.over = this.error = this.position = undefined;
    this.show();
  }

  show(shown) {
    this.shown = shown;
    this.value = isPage(shown) ? shown.items : shown;
    this.next = isPage(shown) ? shown.next : undefined;
  }

  take(kind, body, id) {
    if (kind === 'ended' || kind === 'refused') {
      this.over = kind;
      this.error = body && errorOf(body);
      this.show();
      return;
    }
    if (kind === 'change' && this.value === undefined) return;
    if (kind !== 'mark') {
      this.show(settled(this.shown, kind === 'change' ? applied(this.shown, body) : body));
    }
    const [events, views] = places(id);
    this.position = views || (kind === 'mark' ? this.position : events);
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

  // A view that the write has not changed is told nothing. So a read tells whether it is the same.
  at(position) {
    let read;
    const timer = setTimeout(async () => {
      read = await this.client.get(this.key, { minPosition: position }).catch(() => null);
      this.tell();
    }, this.client.times.lag);
    return this.until(() => this.position >= position || (read && same(read.value, this.value)))
      .finally(() => clearTimeout(timer));
  }

  async until(test) {
    for await (const value of this.each()) if (value !== undefined && test()) return value;
    throw new Error(this.key + ' has ended');
  }

  async *[Symbol.asyncIterator]() {
    let last;
    for await (const value of this.each()) if (value !== last) yield (last = value);
  }

  // The value after each change of it or of its position, the newest only.
  async *each() {
    let wake;
    let isNew = true;
    const stop = this.listen(() => {
      isNew = true;
      wake?.();
    });
    try {
      while (!this.over && this.client.state !== 'closed') {
        if (isNew) {
          isNew = false;
          yield this.value;
        } else {
          await new Promise((done) => { wake = done; });
        }
      }
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
  ends = new AbortController();

  constructor(url, options) {
    const { everyMs, fetch, key, times, shared, token, renew } = options;
    const { origin, pathname } = new URL(url, globalThis.location?.href);
    const base = { url: origin + pathname.replace(/\/?$/, '/'), everyMs };
    this.options = options;
    this.times = { ...defaults, ...times };
    this.settings = { ...base, times, ...(fetch && { fetch }) };
    this.name = 'freshet ' + JSON.stringify({ ...base, key });
    this.signs = typeof token === 'function' ? 'token' : renew && 'renew';
    this.isShared = shared ?? (typeof document === 'object' && !fetch);
    this.open();
    if (typeof document !== 'object') return;
    // A page that is left may come back as it was, and must not lead meanwhile.
    const on = (target, type, fn) => target.addEventListener(type, fn, this.ends);
    const wake = () => this.link?.post({ wake: true });
    on(window, 'online', wake);
    on(document, 'visibilitychange', wake);
    on(window, 'pagehide', () => this.leave());
    on(window, 'pageshow', ({ persisted }) => persisted && this.open());
  }

  async open() {
    const { locks } = globalThis.navigator ?? {};
    if (this.isShared && locks) {
      // Held as long as this tab lives.
      this.lock = 'freshet tab ' + Math.random();
      await new Promise((held) => {
        locks.request(this.lock, () => new Promise((free) => {
          this.free = free;
          held();
        }));
      });
    }
    if (this.state === 'closed') return;
    const by = (way, ...more) => {
      this.link?.close();
      this.link = way(this, ...more);
      this.join();
    };
    const otherwise = () => by(this.isShared && this.lock && globalThis.BroadcastChannel ? leader : here);
    try {
      if (!this.isShared) throw 0;
      by(worker, this.options.workerUrl ?? import.meta.url, otherwise);
    } catch {
      otherwise();
    }
  }

  leave() {
    this.link?.close();
    this.free?.();
    this.link = null;
  }

  // Says all to a hub that may not know this tab.
  join() {
    const { lock, signs } = this;
    const heard = {};
    for (const [key, wanted] of this.wanted) heard[key] = wanted.heard;
    const join = { lock, signs, token: signs === 'token' ? undefined : this.options.token };
    this.link?.post({ join, heard, keys: this.keys() });
  }

  want() {
    this.link?.post({ keys: this.keys() });
  }

  keys() {
    return [...this.wanted.values()].filter(({ isWanted }) => isWanted).map(({ key }) => key);
  }

  async receive({ state, news = [], lead, ask }) {
    if (this.state === 'closed') return;
    if (lead) this.join();
    if (state && state !== this.state) this.say(state);
    const told = new Set();
    for (const [key, ...rest] of news) {
      const wanted = this.wanted.get(key);
      if (!wanted?.isWanted) continue;
      wanted.take(...rest);
      told.add(wanted);
    }
    // All of them show the same moment before anybody is told.
    for (const wanted of told) wanted.tell();
    if (!ask) return;
    const signed = await this.sign(true).then((token) => ({ ok: true, token }), () => ({}));
    this.link?.post({ signed });
  }

  say(state) {
    this.state = state;
    for (const fn of [...this.listeners]) safely(fn, state);
  }

  // The token, if there is one. Fresh: another one than before, or another cookie.
  async sign(isFresh) {
    const { token, renew } = this.options;
    if (this.signs !== 'token') {
      if (isFresh) await renew?.();
      return token;
    }
    if (isFresh || !this.token) this.token = await token();
    return this.token;
  }

  of(key, Kind) {
    if (!this.wanted.has(key)) this.wanted.set(key, new Kind(this, key));
    return this.wanted.get(key);
  }

  view(name) {
    return this.of(name, View);
  }

  on({ type, topic } = {}, fn, { onReset, onError = console.error } = {}) {
    const key = JSON.stringify([type, topic].map((some) => some && [some].flat()));
    return this.of(key, Events).listen({
      event: ({ data, ...event }) => fn(data, event),
      reset: onReset,
      refused: (problem) => onError(errorOf(problem)),
    });
  }

  async get(path, { minPosition } = {}) {
    const { fetch = globalThis.fetch } = this.options;
    const url = new URL(this.settings.url + 'views/' + path);
    if (minPosition) url.searchParams.set('min_position', minPosition);
    const ask = async (isFresh) => fetch(url, {
      headers: { Accept: 'application/json', ...bearer(await this.sign(isFresh)) },
      credentials: 'include',
    });
    let answer = await ask();
    if (answer.status === 401 && this.signs) answer = await ask(true);
    const position = answer.headers.get('Freshet-Position');
    const isNone = answer.status === 404 && position; // an item, and no unknown view
    if (!answer.ok && !isNone) throw errorOf(await problemOf(answer));
    const body = isNone ? null : await answer.json();
    const isList = Array.isArray(body?.items) && Object.keys(body).every((is) => /^items$|^next$/.test(is));
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
    this.ends.abort();
    this.say('closed');
    for (const wanted of this.wanted.values()) wanted.tell();
  }
}

export const connect = (url = '/', options = {}) => new Client(url, options);

// As a SharedWorker, this file is the hub.
if (globalThis.SharedWorkerGlobalScope && globalThis.name.startsWith('freshet {')) {
  const hub = new Hub(JSON.parse(globalThis.name.slice(8)));
  let tabs = 0;
  globalThis.onconnect = ({ ports: [port] }) => {
    const id = ++tabs;
    const post = (message) => port.postMessage(message);
    port.onmessage = ({ data }) => hub.receive(id, data, post);
    post({ state: hub.state });
  };
}
