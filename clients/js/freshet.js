// Freshet's client for browsers and Node.js; freshet.d.ts says what each call does.
//
//     Client, in each tab  <- messages ->  Hub, one for all tabs  ->  Stream, a connection
//
// A tab wants views by name, and events by the JSON of [types, topics]. It is told news of them:
// [name, kind, body, id].

const defaults = { batch: 20, linger: 5e3, silence: 45e3, retry: 2e3, most: 3e4 };

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
const ask = (...request) => fetch(...request);
const bearer = (token) => token && { Authorization: 'Bearer ' + token };
const errorOf = (problem) =>
  Object.assign(new Error(problem.detail ?? 'status ' + problem.status), problem);
const problemOf = async (answer) =>
  ({ ...(await answer.json().catch(() => null)), status: answer.status });

// The positions in an id: `epoch.events`, or `epoch.events-views-…` where views are watched.
const places = (id) => (/\.(\d+)-?(\d*)/.exec(id) ?? [0, 0, 0]).slice(1).map(Number);
const isAfter = (a, b) => places(a)[0] > places(b)[0];
const later = (a, b) => (isAfter(a, b) ? a : b);

const safely = (fn, ...values) => {
  try {
    fn?.(...values);
  } catch (error) {
    console.error(error);
  }
};

// Bytes to frames, as the HTML standard has it; `marked` are those with an id of their own.
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

// What is shown is a page {keys, items, next}, or else an item, a group or null.
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
    if (parts.length === this.parts.length && parts.every((part, i) => part === this.parts[i])) {
      return;
    }
    this.parts = parts;
    this.views = parts.filter(({ filter }) => !filter);
    this.filters = parts.filter(({ filter }) => filter);
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

  request() {
    const { parts, views, filters, hub } = this;
    const query = new URLSearchParams(views.map(({ name }) => ['view', name]));
    const add = (name, values) => values.forEach((value) => query.append(name, value));
    // What all filters bring together; each event is looked at again.
    const any = (i, all) =>
      filters.every(({ filter }) => filter[i]) ? filters.flatMap(({ filter }) => filter[i]) : all;
    add(views[0] ? 'events' : 'topic', any(1, views[0] ? ['all'] : []));
    add('type', any(0, []));
    if (views[0] && hub.everyMs) add('every_ms', [hub.everyMs]);

    // It continues where the part is that has heard least. Views do if all of them are there;
    // otherwise they begin with snapshots.
    const ids = parts.map(({ id }) => id).filter(Boolean);
    let id = ids.reduce((a, b) => (isAfter(a, b) ? b : a), ids[0]);
    if (views.some((view) => view.id !== id)) id = id?.split('-')[0];
    return hub.fetch(hub.url + (views[0] ? 'live?' : 'events?') + query, {
      headers: {
        Accept: 'text/event-stream', ...bearer(hub.token), ...(id && { 'Last-Event-ID': id }),
      },
      credentials: 'include',
      cache: 'no-store',
      signal: this.control.signal,
    });
  }

  async run(turn) {
    const { hub } = this;
    while (turn === this.turn) {
      let least = 0;
      const control = (this.control = new AbortController());
      try {
        this.watch();
        if (!hub.token && hub.signers('token')[0]) await hub.sign();
        const answer = await this.request();
        const { status, headers } = answer;
        if (status === 401 && (await hub.sign())) {
          if (!this.isDenied) least = -1;
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
      } catch {}
      control.abort();
      if (turn !== this.turn) return;
      clearTimeout(this.guard);
      if (least >= 0) await this.pause(least);
    }
  }

  // The server is never silent for so long: it sends bookmarks.
  watch() {
    const { control, hub } = this;
    clearTimeout(this.guard);
    this.guard = setTimeout(() => control.abort(), hub.times.silence);
  }

  pause(least) {
    this.say('waiting');
    const backOff = Math.min(this.hub.times.most, this.retry * 2 ** this.failures++);
    const ms = Math.max(least, this.retry, backOff) * (1 + Math.random() / 2);
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
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
    const { hub, parts, views, filters, pending } = this;
    const body = data && JSON.parse(data);
    if (!data) {
      hub.tell(parts, 'mark', 0, id);
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
    } else if (type === 'ended' && !marked) {
      hub.end(views.find(({ name }) => name === body.view), type);
    } else {
      // Only beside views does an event say its topic; without, there is one filter only.
      const [only, more] = filters[0].filter[1] ?? [];
      const event = { type, id, ...(views[0] ? body : { topic: more ? undefined : only, data: body }) };
      const has = (some, one) => !some || !one || some.includes(one);
      hub.tell(filters.filter(({ filter }) => has(filter[0], type) && has(filter[1], event.topic)),
        'event', event, id);
    }
    if (!marked) return;
    for (const part of parts) part.id = part.filter ? later(part.id, id) : id;
    // What came without an id belongs to the same moment.
    hub.show(pending.splice(0), id);
  }

  say(state) {
    this.state = state;
    this.hub.say();
  }
}

// What the tabs want together. All views share one stream, and events are beside them, unless the
// server refuses that.
class Hub {
  tabs = new Map();
  parts = new Map();
  streams = new Map();
  groups = 0;
  asked = 0;
  signedAt = 0;
  state = 'connecting';

  constructor(settings) {
    Object.assign(this, { times: defaults, fetch: ask }, settings);
  }

  receive(id, { bye, join, names, heard = {}, wake, signed }, post) {
    if (join) {
      this.tabs.set(id, { ...join, post, names: new Set() });
      this.token ??= join.token;
      // It is ours once the tab is gone.
      if (join.lock) navigator.locks.request(join.lock, () => this.drop(id));
    }
    if (bye) this.drop(id);
    const tab = this.tabs.get(id);
    if (tab && names) this.want(tab, names, heard);
    this.signed?.(signed);
    for (const stream of wake ? this.streams.values() : []) {
      if (stream.state === 'waiting') stream.wake?.();
      else if (Date.now() - stream.heardAt > 2e4) stream.open();
    }
  }

  drop(id) {
    if (this.tabs.delete(id)) this.prune();
  }

  want(tab, names, heard) {
    const news = [];
    for (const name of names) {
      const id = heard[name];
      let part = this.parts.get(name) ??
        { name, id, filter: name[0] === '[' && JSON.parse(name), last: ['mark'] };
      // This tab has heard less than others: once more from there.
      if (id && isAfter(part.id, id)) part = { ...part, id };
      this.parts.set(name, part);
      if (!tab.names.has(name)) news.push([name, part.last[0], part.last[1], part.id]);
    }
    tab.names = new Set(names);
    tab.post({ state: this.state, news });
    this.prune();
  }

  prune() {
    const wanted = [...this.tabs.values()].flatMap(({ names }) => [...names]);
    for (const name of this.parts.keys()) if (!wanted.includes(name)) this.parts.delete(name);
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
      const group = part.group ?? (part.isAlone || !view ? part.name : view.group);
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

  // Because of the part that the server names, or the only one. Otherwise they are divided.
  refuse({ parts, views, filters }, problem) {
    const blamed = parts[1] ? views.find(({ name }) => name === problem.view) : parts[0];
    if (blamed) {
      this.end(blamed, 'refused', problem);
    } else if (filters[0]) {
      for (const filter of filters) filter.isAlone = true;
    } else {
      ++this.groups;
      for (const view of views.slice(views.length / 2)) view.group = this.groups;
    }
    this.plan();
  }

  end(part, ...last) {
    part.isOver = true;
    part.last = last;
    this.tell([part], ...last);
    this.prune();
  }

  show(news, id) {
    for (const [name, kind, body] of news) {
      const part = this.parts.get(name);
      if (part) part.last = ['snapshot', kind === 'change' ? applied(part.last[1], body) : body];
    }
    this.post(news.map((one) => [...one, id]));
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

  signers(how) {
    return [...this.tabs.values()].filter(({ signs }) => (how ? signs === how : signs));
  }

  // Has a tab give another token, or renew the cookie; false if none can. If one does not answer,
  // the next one is asked the next time.
  async sign() {
    const able = this.signers();
    if (!able[0]) return false;
    this.signing ??= new Promise((done) => {
      this.signed = (signed) => signed && done(signed);
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

  // What expires soon again is left to end.
  async expire() {
    if (Date.now() - this.signedAt < 5e3 || !(await this.sign().catch(() => 0))) return;
    for (const stream of this.streams.values()) stream.open();
  }

  say() {
    const states = [...this.streams.values()].map(({ state }) => state);
    const state = ['waiting', 'connecting', 'open'].find((one) => states.includes(one));
    if (!state || state === this.state) return;
    this.state = state;
    for (const { post } of this.tabs.values()) post({ state });
  }

  close() {
    clearTimeout(this.timer);
    this.timer = 0;
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

function worker(client, url, otherwise) {
  const shared = new SharedWorker(url, { type: 'module', name: client.name });
  const { port } = shared;
  const timer = setTimeout(otherwise, 5e3);
  shared.onerror = otherwise;
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

// The tab that holds the lock has the hub. When it is gone, the next one has it, and hears from all
// tabs what they want.
function leader(client) {
  const { name, lock } = client;
  const channel = new BroadcastChannel(name);
  const ends = new AbortController();
  const post = (message) => channel.postMessage({ from: lock, message });
  channel.onmessage = ({ data: { to, message } }) => {
    if (to === lock || to === 'all') client.receive(message);
  };
  navigator.locks.request(name, ends, () => new Promise((done) => {
    const hub = new Hub(client.settings);
    const desk = new BroadcastChannel(name);
    const answer = (to, message) => desk.postMessage({ to, message });
    desk.onmessage = ({ data: { from, message } }) => {
      if (from) hub.receive(from, message, (news) => answer(from, news));
    };
    answer('all', { lead: true });
    ends.signal.onabort = () => {
      hub.close();
      desk.close();
      done();
    };
  })).catch(() => {});
  return {
    post,
    close() {
      post({ bye: true });
      ends.abort();
      channel.close();
    },
  };
}

// ---- What a page uses ----

// It is wanted while there are listeners, and a little longer.
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
    const [events, views] = places(id);
    if (kind === 'mark') {
      this.position = views || this.position;
    } else if (kind === 'ended' || kind === 'refused') {
      this.over = kind;
      this.error = body && errorOf(body);
      this.show();
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

  // A view that a write has not changed is told nothing of it. So a read looks if it is the same.
  at(position) {
    let read;
    this.client.get(this.name, { minPosition: position }).then((found) => {
      read = found;
      this.tell();
    }, () => {});
    return this.until(() => this.position >= position || (read && same(read.value, this.value)));
  }

  async until(test) {
    for await (const value of this.each()) if (value !== undefined && test()) return value;
    throw new Error(this.name + ' has ended');
  }

  async *[Symbol.asyncIterator]() {
    let last;
    for await (const value of this.each()) if (value !== last) yield (last = value);
  }

  // The newest value whenever it, or its position, is another.
  async *each() {
    let wake;
    let isNew = true;
    const stop = this.listen(() => {
      isNew = true;
      wake?.();
    });
    try {
      while (!this.over && this.client.state !== 'closed') {
        if (!isNew) await new Promise((done) => { wake = done; });
        else {
          isNew = false;
          yield this.value;
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

  constructor(from, options) {
    const { everyMs, key, shared, token, renew } = options;
    const { origin, pathname } = new URL(from, globalThis.location?.href);
    const url = origin + pathname.replace(/\/?$/, '/');
    const times = { ...defaults, ...options.times };
    this.options = options;
    this.settings = { url, everyMs, times, fetch: options.fetch ?? ask };
    this.name = 'freshet ' + JSON.stringify({ url, everyMs, key });
    this.signs = typeof token === 'function' ? 'token' : renew && 'renew';
    const isPage = typeof document === 'object';
    this.isShared = shared ?? (isPage && !options.fetch);
    this.open();
    if (!isPage) return;
    const on = (target, type, fn) => target.addEventListener(type, fn, this.ends);
    const wake = () => this.post({ wake: true });
    on(window, 'online', wake);
    on(document, 'visibilitychange', wake);
    // A page may come back as it was left, and must not lead meanwhile.
    on(window, 'pagehide', () => this.leave());
    on(window, 'pageshow', ({ persisted }) => persisted && this.open());
  }

  async open() {
    const locks = this.isShared && globalThis.navigator?.locks;
    if (locks) {
      this.lock = 'freshet tab ' + Math.random();
      await new Promise((held) => locks.request(this.lock, () => new Promise((free) => {
        this.free = free;
        held();
      })));
    }
    if (this.state === 'closed') return;
    const by = (way, ...more) => {
      this.link?.close();
      this.link = way(this, ...more);
      this.join();
    };
    const otherwise = () => by(locks && globalThis.BroadcastChannel ? leader : here);
    if (!this.isShared || !globalThis.SharedWorker) return otherwise();
    try {
      by(worker, this.options.workerUrl ?? import.meta.url, otherwise);
    } catch {
      otherwise();
    }
  }

  leave() {
    this.link?.close();
    this.link = null;
    this.free?.();
  }

  post(message) {
    this.link?.post(message);
  }

  // Tells a hub all that it may not know of this tab.
  join() {
    const { lock, signs, options } = this;
    const heard = {};
    for (const [name, wanted] of this.wanted) heard[name] = wanted.heard;
    this.want({ heard, join: { lock, signs, token: signs === 'token' ? null : options.token } });
  }

  want(more) {
    const wanted = [...this.wanted.values()].filter(({ isWanted }) => isWanted);
    this.post({ ...more, names: wanted.map(({ name }) => name) });
  }

  async receive({ state, news = [], lead, ask }) {
    if (this.state === 'closed') return;
    if (lead) this.join();
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
    if (this.signs === 'token') {
      if (isFresh || !this.token) this.token = await token();
      return this.token;
    }
    if (isFresh) await renew?.();
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
    const request = async (isFresh) => this.settings.fetch(url, {
      headers: { Accept: 'application/json', ...bearer(await this.sign(isFresh)) },
      credentials: 'include',
    });
    let answer = await request();
    if (answer.status === 401 && this.signs) answer = await request(true);
    const position = answer.headers.get('Freshet-Position');
    // Of an item that is not there, the position is known.
    const isNone = answer.status === 404 && position;
    if (!answer.ok && !isNone) throw errorOf(await problemOf(answer));
    const body = isNone ? null : await answer.json();
    const isList = Array.isArray(body?.items) && Object.keys(body).every((one) => /^(items|next)$/.test(one));
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
if (globalThis.SharedWorkerGlobalScope && name.startsWith('freshet {')) {
  const hub = new Hub(JSON.parse(name.slice(8)));
  let tabs = 0;
  globalThis.onconnect = ({ ports: [port] }) => {
    const id = ++tabs;
    const post = (message) => port.postMessage(message);
    port.onmessage = ({ data }) => hub.receive(id, data, post);
    post({});
  };
}
