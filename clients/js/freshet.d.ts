// The client of Freshet: live views and events in a browser or in Node.js. docs/client.md in the
// tree of Freshet shows how to use it.

/** A value that comes as JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Ends what the call that gave it has begun. Calling it again does nothing. */
export type Stop = () => void;

export interface ConnectOptions {
    /**
     * A bearer token, or a function that gives one. The function is called before the first
     * request, when the token is about to expire, after a 401, and where a stream fails or ends
     * before anything came. It must then give another one. One call is made at a time. If it throws
     * or has no answer after ten seconds, it is called again at the next try.
     */
    token?: string | (() => string | Promise<string>);

    /**
     * Renews a cookie. Called when `token` would be, but for the first request; the stream is
     * opened again once it resolves. Give it in place of `token`.
     */
    renew?: () => unknown;

    /** The server sends the changes of views at most once in so many milliseconds. */
    everyMs?: number;

    /**
     * Whether the tabs of this origin share one connection. By default they do where there is a
     * page and no `fetch` is given. Node.js never needs it.
     */
    shared?: boolean;

    /**
     * Names who is signed in, such as the user's id. Tabs share a connection, and its credential,
     * only if they give the same key. Give it wherever users sign in.
     */
    key?: string;

    /**
     * Where this module is served, for the SharedWorker. By default it is where it was imported
     * from. Give it if a bundler has put the module into a file with others.
     */
    workerUrl?: string | URL;

    /** Takes the place of the global `fetch`, for tests. The connection is not shared then. */
    fetch?: typeof globalThis.fetch;

    /** Durations in milliseconds, for tests. @internal */
    times?: Partial<Record<'batch' | 'linger' | 'silence' | 'retry' | 'most', number>>;
}

/** What the server answered instead: a problem of RFC 9457. */
export interface FreshetError extends Error {
    status: number;
    title?: string;
    detail?: string;
    /** The view that is meant, if the server names one. */
    view?: string;
}

/**
 * - `connecting`: nothing was asked for yet, or the first answer is awaited
 * - `open`: what is shown is current
 * - `waiting`: the connection is lost, and is tried again
 * - `closed`: `close()` was called
 */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

/**
 * - `connecting`: there is no value yet
 * - `live`: the value is current
 * - `stale`: the connection is lost. The value is the last one that was heard
 * - `ended`: the caller may not read it, from the beginning or any more. There is no value
 * - `refused`: the server does not show it; `error` says why. There is no value
 */
export type ViewStatus = 'connecting' | 'live' | 'stale' | 'ended' | 'refused';

/**
 * A view that stays current while somebody listens: subscribes, loops over it, or awaits something
 * of it. It is watched five seconds longer than that, and then forgotten. Listening again begins
 * again, after `ended` and `refused` too.
 *
 * Several views that change at one moment all have their new values before any subscriber is
 * called. What a view shows is not to be changed: make a copy.
 */
export interface View<T = any> extends AsyncIterable<T> {
    readonly name: string;

    /**
     * What a GET shows: an item, a group, or null while it is not there; of a list, the array of
     * its items. `undefined` while nothing is known. It is another object only if its content is.
     * An item of a list that a change does not name stays the same object.
     */
    readonly value: T | undefined;

    /** Of a page, the cursor of the next one, if there is one. */
    readonly next: string | undefined;

    readonly status: ViewStatus;

    /** Why the status is `refused`. */
    readonly error: FreshetError | undefined;

    /** The value is as of this position of the log, at least. */
    readonly position: number | undefined;

    /**
     * Calls `fn` now, and after each change of the value, and when the view ends or is refused.
     * This is the contract of a Svelte store, and of React's useSyncExternalStore.
     */
    readonly subscribe: (fn: (value: T | undefined) => void) => Stop;

    /** The value. Bound, so that it can be handed to useSyncExternalStore. */
    readonly getSnapshot: () => T | undefined;

    /** Resolves with the first value. Rejects if the view is refused, has ended, or is closed. */
    ready(): Promise<T>;

    /**
     * Resolves once the view shows at least this position: the `Freshet-Position` of the answer
     * to a write, for example. Rejects as `ready()` does.
     */
    at(position: number | string): Promise<T>;

    /**
     * Each value from now on. A loop that is slow sees the newest one and misses those between.
     * It ends when the view does or the client is closed, and throws if the view is refused.
     */
    [Symbol.asyncIterator](): AsyncIterator<T>;
}

export interface EventFilter {
    /** Only events of this type, or one of these. */
    type?: string | readonly string[];
    /** Only events of this topic, or one of these. */
    topic?: string | readonly string[];
}

export interface EventFacts {
    type: string;
    /** Under which topic it was told. */
    topic: string;
    /** Where it is in the log. */
    id: string;
}

export interface EventOptions {
    /** Events may have been missed, as the server cannot continue. Read again what they changed. */
    onReset?: (reset: { reason: string }) => void;
    /** The server refuses the filter. By default it is written to the console. */
    onError?: (error: FreshetError) => void;
}

/** What a read gives. */
export interface Read<T = any> {
    /** As a view shows it; null if there is no such item. */
    value: T;
    /** Of a page, the cursor of the next one, if there is one. */
    next: string | undefined;
    /** Of which position of the log it is. */
    position: number;
}

export interface Client {
    readonly state: ConnectionState;

    /**
     * A live view by its path behind `/views/`, with its own parameters: `order/7c9e`,
     * `my-orders/ada?limit=20`. Parts of a key are encoded, with encodeURIComponent. The same
     * name gives the same object. Nothing is asked for until somebody listens.
     */
    view<T = any>(name: string): View<T>;

    /**
     * Calls `fn` with the data of each event that the filter lets through: once, in order, and
     * after reconnects too. It begins with what happens from now on; if the connection has events
     * or views already, a few that are just past may come first.
     */
    on<T = any>(filter: EventFilter, fn: (data: T, event: EventFacts) => void,
        options?: EventOptions): Stop;

    /**
     * Reads a view once, by the name that `view()` takes. Rejects with a FreshetError.
     * `minPosition` waits until that position can be read. Rejects with an AbortError if the client
     * is closed or the page is left, and with the error of `token` where there is no token.
     */
    get<T = any>(name: string, options?: { minPosition?: number | string }): Promise<Read<T>>;

    /** Calls `fn` now, and when the state is another. Bound. */
    readonly onState: (fn: (state: ConnectionState) => void) => Stop;

    /**
     * Ends all of it, for good: nothing is called or asked for after it, and what is awaited
     * rejects. Loops over views end. In Node.js, it lets the process end.
     */
    close(): void;
}

/**
 * Begins a client of the server at this address, by default the root of the page's origin. A server
 * under a prefix is named with it: `/freshet/`. Nothing is asked for until something is wanted.
 */
export function connect(url?: string | URL, options?: ConnectOptions): Client;

/** Bytes of a text/event-stream to frames, by their fields. @internal */
export class Parser {
    push(bytes: Uint8Array): Record<string, string>[];
}

/** What a view shows after a change. @internal */
export function applied(shown: unknown, change: unknown): unknown;
