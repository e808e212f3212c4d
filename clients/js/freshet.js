// Freshet's client: see README.md.

const defaults = { batch: 20, linger: 5e3, silence: 45e3, retry: 2e3, most: 3e4 };

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const bearer = (token) => token && { Authorization: 'Bearer ' + token };
const errorOf = (problem) =>
  Object.assign(new Error(problem.detail ?? 'status ' + problem.status), problem);
const problemOf = async (answer) =>
  ({ ...(await answer.json().catch(() => null)), status: answer.status });

// Of epoch.events-views-set:
const eventsOf = (id) => +(id?.split(/[.-]/)[1] ?? 0);
const viewsOf = (id) => +(id?.split(/[.-]/)[2] ?? 0);
const least = (ids) => ids.filter((one) => one).sort((a, b) => eventsOf(a) - eventsOf(b))[0];

const safely = (fn, ...values) => (async () => fn?.(...values))().catch(console.error);

export class Parser {
  decoder = new TextDecoder();
  rest = '';

  push(bytes) {
    const frames = (this.rest + this.decoder.decode(bytes, { stream: true })).split('\n\n');
    this.rest = frames.pop();
    return frames.map((lines) => {
      const frame = {};
      for (const line of lines.split('\n')) {
        const [name, value = ''] = line.split(/: ?(.*)/s);
        frame[name] = name in frame ? frame[name] + '\n' + value : value;
      }
      return frame;
    });
  }
}

const isPage = (shown) => /^keys,items(,next)?$/.test(Object.keys(shown ?? {}));

export function applied(shown, { remove, put, next = shown?.next }) {
  if (!isPage(shown)) return put[0]?.item ?? null;
  const gone = new Set([...remove, ...put.map(({ key }) => key)]);
  const items = shown.items.filter((_, i) => !gone.has(shown.keys[i]));
  const keys = shown.keys.filter((key) => !gone.has(key));
  for (const { key, index, item } of put) {
    keys.splice(index, 0, key);
    items.splice(index, 0, item);
  }
  return { keys, items, next: next ?? undefined };
}

class Stream {
  state = 'connecting';
  parts = [];
  failures = 0;

  constructor(hub) {
    this.hub = hub;
    hub.streams.add(this);
  }

  hold(parts) {
    const isHeld = (part, i) => part === this.parts[i];
    if (parts.length === this.parts.length && parts.every(isHeld)) return;
    this.parts = parts;
    this.open();
  }

  async open() {
    const { hub } = this;
    this.close();
    if (!this.parts[0]) return hub.streams.delete(this);
    const { signal } = (this.control = new AbortController());
    const { doubted } = this;
    const able = hub.which('signs')[0];
    this.openIn(hub.times.silence);
    this.retry = hub.times.retry;
    let status;
    try {
      if (doubted === hub.renewals) await hub.renew();
      signal.throwIfAborted();
      ++this.failures;
      const answer = await this.request(signal);
      ({ status } = answer);
      if (/^4(?!08|29)/.test(status) && !(status === 401 && able)) {
        const problem = await problemOf(answer);
        if (!signal.aborted) hub.refuse(this, problem);
        return;
      }
      this.retry = 1e3 * answer.headers.get('Retry-After') || this.retry;
      await this.read(answer.body.getReader(), signal);
    } catch {}
    if (signal.aborted) return;
    this.say('waiting');
    // Where nothing came, it may be the credential.
    this.doubted = able && this.failures && !(status > 401) && hub.renewals;
    if (this.doubted && !doubted) return this.open();
    const most = hub.which('seen')[0] ? 4e3 : hub.times.most;
    const backOff = Math.min(this.retry * 2 ** this.failures / 2, most);
    this.openIn(Math.max(this.retry, backOff) * (1 + Math.random() / 2));
  }

  openIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.say('waiting');
      this.open();
    }, ms);
  }

  close() {
    clearTimeout(this.timer);
    this.control?.abort();
  }

  // After what all have heard; views only together.
  request(signal) {
    const { parts, hub } = this;
    const { fetch = globalThis.fetch } = hub;
    const views = parts.filter(({ filter }) => !filter);
    const filters = parts.map(({ filter }) => filter).filter((one) => one);
    const some = (i, all) =>
      filters.every((filter) => filter[i]) ? filters.flatMap((filter) => filter[i]) : all;
    const query = new URLSearchParams([
      ...views.map(({ name }) => ['view', name]),
      ...some(1, ['all']).map((topic) => ['events', topic]),
      ...some(0, []).map((type) => ['type', type]),
    ]);
    if (hub.everyMs) query.set('every_ms', hub.everyMs);
    let id = least(parts.map((part) => part.id));
    if (views.some((view) => view.id !== id)) id = id?.split('-')[0];
    return fetch(hub.url + 'live?' + query, {
      headers: { ...bearer(hub.token), ...(id && { 'Last-Event-ID': id }) },
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

  take({ event: type, data, id, retry }) {
    const { hub, parts, pending } = this;
    const body = data && JSON.parse(data);
    const tell = (some, ...news) => pending.push(...some.map(({ name }) => [name, ...news]));
    this.retry = +retry || this.retry;
    if (type === 'hello' || type === 'reset') {
      this.failures = 0;
      this.say('open');
      tell(parts, type, body);
    } else if (type === 'expiring') {
      hub.expire();
    } else if (type === 'snapshot') {
      pending.push([body.view, type, body.data]);
    } else if (type === 'change') {
      for (const name in body) pending.push([name, type, body[name]]);
    } else if (type === 'ended' && !id) {
      hub.end(body.view, type);
    } else if (!data) {
      tell(parts, 'mark', body);
    } else {
      const hears = ({ filter }) =>
        filter && [type, body.topic].every((one, i) => filter[i]?.includes(one) ?? true);
      tell(parts.filter(hears), 'event', { type, id, ...body });
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
  streams = new Set();
  renewals = 1;

  constructor(settings) {
    Object.assign(this, settings);
  }

  serve(port) {
    port.onmessage = ({ data }) => this.receive(data, port);
    port.postMessage({ isAsked: false });
  }

  receive({ from, wants, lock, token, signs, seen, isAsked, wake, bye }, port) {
    if (wants && !this.tabs.has(from)) {
      const post = (message) => port.postMessage({ to: from, ...message });
      this.tabs.set(from, { post, signs, names: new Map() });
      // Free once the tab is gone.
      if (lock) navigator.locks.request(from, () => this.drop(from));
    }
    const tab = this.tabs.get(from);
    if (!tab) return;
    tab.seen = seen;
    if (wants) {
      for (const [name, heard] of wants) {
        if (tab.names.has(name)) continue;
        const filter = name[0] === '[' && JSON.parse(name);
        const id = filter && least([this.parts.get(name)?.id, heard]);
        // All are told again what is new to one.
        this.parts.set(name, { name, filter, id });
      }
      tab.names = new Map(wants);
      this.planSoon();
    }
    if (isAsked || !this.token) this.token = token ?? this.token;
    if (isAsked) this.answer?.();
    if (bye) this.drop(from);
    for (const stream of wake ? this.streams : []) {
      if (stream.state === 'waiting' || Date.now() - stream.heardAt > 2e4) stream.open();
    }
  }

  drop(from) {
    this.answer?.();
    if (this.tabs.delete(from)) this.plan();
  }

  planSoon() {
    this.timer ??= setTimeout(() => this.plan(), this.times.batch);
  }

  plan() {
    this.timer = clearTimeout(this.timer);
    const tabs = [...this.tabs.values()];
    for (const name of this.parts.keys()) {
      if (!tabs.some((tab) => tab.names.has(name))) this.parts.delete(name);
    }
    const parts = [...this.parts.values()];
    const [first = new Stream(this)] = this.streams;
    for (const part of parts) part.stream ??= first;
    for (const stream of this.streams) stream.hold(parts.filter((part) => part.stream === stream));
    this.say();
  }

  // One part is to blame, or they are too many.
  refuse({ parts }, problem) {
    const name = parts[1] ? problem.view : parts[0].name;
    if (this.parts.has(name)) return this.end(name, 'refused', problem);
    const stream = new Stream(this);
    for (const part of parts.slice(parts.length / 2)) part.stream = stream;
    this.plan();
  }

  end(name, ...news) {
    this.parts.delete(name);
    this.post([[name, ...news]]);
    this.planSoon();
  }

  post(news) {
    for (const tab of this.tabs.values()) {
      const own = news.filter(([name]) => tab.names.has(name));
      if (own[0]) tab.post({ news: own });
    }
  }

  which(is) {
    return [...this.tabs.values()].filter((tab) => tab[is]);
  }

  renew() {
    const able = this.which('signs');
    return able[0] && (this.renewing ??= new Promise((done) => {
      this.answer = done;
      this.deadline = setTimeout(done, 1e4);
      able[this.renewals % able.length].post({ isAsked: true });
    }).then(() => {
      this.renewing = clearTimeout(this.deadline);
      return ++this.renewals;
    }));
  }

  async expire() {
    if (!(await this.renew()) || Date.now() - this.expiredAt < 5e3) return;
    this.expiredAt = Date.now();
    for (const stream of this.streams) stream.open();
  }

  say() {
    // 'waiting' is last in the alphabet.
    const state = [...this.streams].map((stream) => stream.state).sort().pop() ?? 'connecting';
    for (const tab of this.tabs.values()) tab.post({ state });
  }

  close() {
    for (const from of this.tabs.keys()) this.drop(from);
  }
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
      if (this.client.state === 'closed') return;
      this.timer = setTimeout(() => {
        this.isWanted = false;
        if (!this.over) this.forget();
        this.client.want();
      }, this.over ? 0 : this.client.settings.times.linger);
    };
  }
}

class Events extends Wanted {
  forget() {
    this.heard = undefined;
    this.news = [];
  }

  take(type, body, id) {
    const isNew = eventsOf(id) > eventsOf(this.heard);
    if (type === 'event' && !isNew) return;
    if (type === 'reset' || isNew || !this.heard) this.heard = id;
    this.news.push([type, body]);
  }

  tell() {
    for (const [type, body] of this.news.splice(0)) {
      for (const listener of [...this.listeners]) safely(listener[type], body);
    }
  }
}

class View extends Wanted {
  get status() {
    if (this.over) return this.over;
    if (this.value === undefined) return 'connecting';
    return this.client.state === 'open' ? 'live' : 'stale';
  }

  forget() {
    this.position = undefined;
    this.show();
  }

  show(shown, over, problem) {
    if (!same(shown, this.shown)) this.shown = shown;
    const { items: value, next } = isPage(shown) ? this.shown : { items: this.shown };
    const error = problem && errorOf(problem);
    Object.assign(this, { value, next, over, error });
  }

  take(type, body, id) {
    if (type === 'ended' || type === 'refused') this.show(undefined, type, body);
    if (type === 'snapshot') this.show(body);
    if (type === 'change' && this.shown !== undefined) this.show(applied(this.shown, body));
    this.position = viewsOf(id) || this.position || 0;
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

  // A write may change nothing.
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
        } else if (this.value === undefined || !test()) return;
        done(this.value);
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

  constructor(from = '/', options = {}) {
    const { everyMs, key, shared, token, renew, fetch } = options;
    const url = new URL(from, globalThis.location).href.replace(/\/?$/, '/');
    this.options = options;
    this.settings = { url, everyMs, key, times: { ...defaults, ...options.times }, fetch };
    this.name = 'freshet ' + JSON.stringify(this.settings);
    this.signs = !!renew || typeof token === 'function';
    this.isShared = shared ?? (globalThis.document && !fetch);
    this.open();
    if (!globalThis.document) return;
    addEventListener('online', () => this.post({ wake: true }));
    addEventListener('visibilitychange', () => this.post({ wake: true }));
    // A page that may come back must not lead.
    addEventListener('pagehide', () => this.leave());
    addEventListener('pageshow', ({ persisted }) => persisted && this.open());
  }

  async open() {
    if (this.state === 'closed') return;
    const locks = this.isShared && globalThis.navigator?.locks;
    const { signal } = (this.control = new AbortController());
    const ended = new Promise((done) => signal.addEventListener('abort', done));
    this.id = 'freshet tab ' + Math.random();
    this.lock = !!locks && (await new Promise((done) => locks.request(this.id, () => {
      done(true);
      return ended;
    }).catch(() => done(false))));
    if (signal.aborted) return;
    const otherwise = () => {
      if (signal.aborted) return;
      const { port1, port2 } = new MessageChannel();
      this.use(this.lock ? new BroadcastChannel(this.name) : port1);
      const lead = async () => {
        const hub = new Hub(this.settings);
        const port = this.lock ? new BroadcastChannel(this.name) : port2;
        hub.serve(port);
        await ended;
        hub.close();
        port.onmessage = null;
        port.close();
      };
      if (!this.lock) return lead();
      locks.request(this.name, { signal }, lead).catch(() => {});
    };
    if (!this.isShared) return otherwise();
    try {
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
    if (!port) return;
    port.onmessage = ({ data }) => this.receive(data);
    this.want();
  }

  leave() {
    this.control.abort();
    this.use(null);
  }

  post(message) {
    const seen = globalThis.document && !document.hidden;
    this.port?.postMessage({ from: this.id, seen, ...message });
  }

  async want(isAsked) {
    const { lock, signs } = this;
    const wanted = [...this.wanted.values()].filter((one) => one.isWanted);
    const wants = wanted.map(({ name, heard }) => [name, heard]);
    const token = await this.sign(isAsked).catch(() => null);
    this.post({ wants, lock, signs, token, isAsked });
  }

  // Tabs hear one another, too.
  receive({ from, to = this.id, state, news = [], isAsked }) {
    if (from || to !== this.id || this.state === 'closed') return;
    if (isAsked !== undefined) {
      clearTimeout(this.timer);
      this.want(isAsked);
    }
    if (state) this.say(state);
    for (const [name, ...one] of news) this.wanted.get(name).take(...one);
    for (const [name] of news) this.wanted.get(name).tell();
  }

  say(state) {
    if (state === this.state) return;
    this.state = state;
    for (const listener of [...this.listeners]) safely(listener, state);
  }

  // One call at a time.
  sign(isFresh) {
    const { token, renew } = this.options;
    const { signal } = this.control;
    if (this.token && (!isFresh || this.deadline)) return this.token;
    const ask = async () => {
      signal.throwIfAborted();
      if (isFresh) await renew?.();
      signal.throwIfAborted();
      return typeof token === 'function' ? token() : token;
    };
    this.token = new Promise((done, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason));
      this.deadline = setTimeout(fail, 1e4, new Error('no token'));
      ask().then(done, fail);
    });
    this.token.catch(() => { this.token = null; }).then(() => {
      this.deadline = clearTimeout(this.deadline);
    });
    return this.token;
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
    const { signal } = this.control;
    const request = async (isFresh) => {
      const token = await this.sign(isFresh);
      signal.throwIfAborted();
      return fetch(url, { headers: { ...bearer(token) }, credentials: 'include', signal });
    };
    let answer = await request();
    if (answer.status === 401 && this.signs) answer = await request(true);
    const position = answer.headers.get('Freshet-Position');
    // Else, there is no view.
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
    for (const wanted of this.wanted.values()) {
      clearTimeout(wanted.timer);
      wanted.tell();
    }
  }
}

export const connect = (...all) => new Client(...all);

if (/^freshet {/.test(globalThis.name)) {
  const hub = new Hub(JSON.parse(name.slice(8)));
  globalThis.onconnect = ({ ports: [port] }) => hub.serve(port);
}
