// A function behind HTTP, for tests: node function_endpoint.mjs [PORT] [LEDGER]
//
// It listens on loopback, says `listening on PORT`, notes each call and fails on demand. What it
// answered with success is in the ledger, and in the file LEDGER before the answer is sent; an
// endpoint that is started again reads that file.
//
//     PUT /behaviour      one behaviour, or a list of them that are used one after the other
//     GET /behaviour      those that are left
//     GET /calls          ?after=N the later ones, ?path=P those to it, ?brief=1 without bodies,
//                         ?at_least=N waits for so many, up to ?wait_ms=20000
//     GET /ledger         by item; ?path=P, and ?at_least=N waits for so many different records
//     DELETE /calls, DELETE /ledger
//
// With TLS_CERT and TLS_KEY, files of PEM, it also speaks https, on the port after PORT.
//
// Anything else is a call of the function. A behaviour may have these members:
//
//     path       holds for calls of this path only
//     times      holds for so many calls. Without it: in a list for one, else until it is changed
//     delay_ms   waits first
//     status, headers, body     the answer: by default 200 with an empty body
//     hang       never answers
//     cut        the connection: "before" an answer, after its "head", or within its "body"
//     garbage    answers what is no HTTP
//     poison     texts: fails, with `status` or 500, if a record has one of them, and else is well
//     partial    texts: names the records that have one of them in batchItemFailures
//     answer     a JSON value to answer
//     counts     answers the `state` of a window, whose `count` has grown by the records
import { existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';

const [, , portWanted = '0', ledgerPath] = process.argv;
const patienceMs = 20_000;

let calls = [];
let ledger = [];        // {path, item, sequence, event, call}, in the order of the answers
let behaviours = [];    // those that are left; the function is well when there are none
let lastNumber = 0;
const attempts = new Map();     // by the first record of a call
const taken = new Map();        // by path: the different records in the ledger
const inProgress = new Set();
const waiting = new Set();  // functions to call when something has happened

// ---- What is asked of the function ----

const now = () => Math.round(performance.timeOrigin + performance.now());

// Equal keys have equal text, in whatever order their members come.
function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

const itemOf = (record) => canonical(record?.dynamodb?.Keys ?? null);
const sequenceOf = (record) => record?.dynamodb?.SequenceNumber ?? null;
const nameOf = (record) => `${itemOf(record)} ${sequenceOf(record)}`;
const has = (record, texts) => texts.some((text) => JSON.stringify(record).includes(text));

function noted(request, text) {
    const body = parsed(text) ?? null;
    const records = Array.isArray(body?.Records) ? body.Records : [];
    const sequences = records.map(sequenceOf);
    const { pathname, search } = new URL(request.url, 'http://127.0.0.1');
    const first = `${pathname} ${nameOf(records[0])}`;
    attempts.set(first, (attempts.get(first) ?? 0) + 1);
    const call = {
        number: ++lastNumber,
        method: request.method,
        path: pathname,
        query: search,
        headers: request.headers,
        sequences,
        attempt: attempts.get(first),
        at: now(),
        answered: null,
        outcome: 'waiting',
        meanwhile: [...inProgress].map((other) => other.number),
        body,
        text,
    };
    calls.push(call);
    inProgress.add(call);
    return call;
}

// The end of a call, as the one who called saw it: the status, or what came instead.
function ended(call, outcome) {
    if (!inProgress.delete(call)) return;
    call.outcome = String(outcome);
    call.answered = now();
    tell();
}

// ---- What it answers ----

function nextBehaviour(call) {
    const holds = ({ path }) => path === undefined || path === call.path;
    const first = behaviours.find(holds) ?? {};
    if (first.times !== undefined && --first.times <= 0) {
        behaviours = behaviours.filter((one) => one !== first);
    }
    return first;
}

function answerOf(behaviour, records, state) {
    const { status = 200, headers = {}, body = '', poison, partial, answer, counts } = behaviour;
    if (poison !== undefined) {
        const fails = records.some((record) => has(record, poison));
        if (fails) return { status: behaviour.status ?? 500, headers, body };
    }
    let value = answer;
    if (partial !== undefined) {
        const failed = records.filter((record) => has(record, partial));
        value = { batchItemFailures: failed.map((r) => ({ itemIdentifier: sequenceOf(r) })) };
    }
    if (counts) value = { state: { count: (state?.count ?? 0) + records.length } };
    if (value !== undefined) {
        const type = { 'Content-Type': 'application/json' };
        return { status: 200, headers: { ...type, ...headers }, body: JSON.stringify(value) };
    }
    if (poison !== undefined) return { status: 200, headers: {}, body: '' };
    return { status, headers, body };
}

// How many of the records are done by this answer: those before the first that it names. None if it
// names one that was not sent, as Lambda has it.
function doneOf(records, { status, headers, body }) {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    if (status < 200 || status > 299 || names.includes('x-amz-function-error')) return 0;
    const failures = parsed(body)?.batchItemFailures;
    if (failures === undefined || failures === null) return records.length;
    if (!Array.isArray(failures)) return 0;
    const places = failures.map((failure) => records.findIndex(
        (record) => sequenceOf(record) === (failure?.itemIdentifier ?? undefined)));
    return places.includes(-1) ? 0 : Math.min(records.length, ...places);
}

function keepInLedger(call, records) {
    const entries = records.map((record) => ({
        path: call.path,
        item: itemOf(record),
        sequence: sequenceOf(record),
        event: record?.eventName ?? null,
        call: call.number,
    }));
    if (entries.length === 0) return;
    if (ledgerFile !== undefined) writeSync(ledgerFile, JSON.stringify(entries) + '\n');
    addToLedger(entries);
}

function addToLedger(entries) {
    for (const entry of entries) {
        ledger.push(entry);
        if (!taken.has(entry.path)) taken.set(entry.path, new Set());
        taken.get(entry.path).add(`${entry.item} ${entry.sequence}`);
    }
}

// Of an answer that is longer than what will be sent of it.
function beginning({ status, headers, body }, isBodyBegun) {
    const bytes = Buffer.from(body || '{}');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const length = `Content-Length: ${bytes.length}`;
    const head = [`HTTP/1.1 ${status} As Told`, ...lines, length, '', ''];
    const sent = bytes.subarray(0, isBodyBegun ? Math.floor(bytes.length / 2) : 0);
    return Buffer.concat([Buffer.from(head.join('\r\n')), sent]);
}

async function serveCall(request, response, text) {
    const { socket } = request;
    const call = noted(request, text);
    const behaviour = nextBehaviour(call);
    response.on('close', () => ended(call, 'given up'));  // unless it has ended
    tell();
    if (behaviour.delay_ms) await new Promise((wake) => setTimeout(wake, behaviour.delay_ms));
    if (behaviour.hang || socket.destroyed) return;

    const records = Array.isArray(call.body?.Records) ? call.body.Records : [];
    const answer = answerOf(behaviour, records, call.body?.state);
    if (behaviour.cut) {
        ended(call, `cut ${behaviour.cut}`);
        if (behaviour.cut === 'before') socket.destroy();
        else socket.end(beginning(answer, behaviour.cut === 'body'));
    } else if (behaviour.garbage) {
        ended(call, 'garbage');
        socket.end('\x16\x03\x01 this is no HTTP\r\n\r\n');
    } else {
        keepInLedger(call, records.slice(0, doneOf(records, answer)));
        ended(call, answer.status);
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body);
    }
}

// ---- What is asked of the endpoint ----

function tell() {
    for (const look of [...waiting]) look();
}

// Returns once there is as much as the query asks for, or its time is over.
function enough(query, count) {
    const wanted = Number(query.get('at_least') ?? 0);
    if (count() >= wanted) return undefined;
    return new Promise((resolve) => {
        const stop = () => {
            clearTimeout(timer);
            waiting.delete(look);
            resolve();
        };
        const look = () => count() >= wanted && stop();
        const timer = setTimeout(stop, Number(query.get('wait_ms') ?? patienceMs));
        waiting.add(look);
    });
}

const ofPath = (query) => ({ path }) => path === (query.get('path') ?? path);

async function callsAsked(query) {
    const after = Number(query.get('after') ?? 0);
    const asked = () => calls.filter(ofPath(query)).filter(({ number }) => number > after);
    await enough(query, () => asked().length);
    if (!query.has('brief')) return asked();
    return asked().map(({ body, text, ...rest }) => rest);
}

async function ledgerAsked(query) {
    await enough(query, () => {
        const paths = query.has('path') ? [query.get('path')] : [...taken.keys()];
        return paths.reduce((sum, path) => sum + (taken.get(path)?.size ?? 0), 0);
    });
    const items = {};
    for (const { item, ...entry } of ledger.filter(ofPath(query))) {
        (items[item] ??= []).push(entry);
    }
    return items;
}

const members = {
    path: (value) => typeof value === 'string',
    times: (value) => Number.isInteger(value) && value > 0,
    delay_ms: (value) => Number.isInteger(value) && value >= 0,
    status: (value) => Number.isInteger(value) && value >= 200 && value <= 999,
    headers: (value) => value !== null && typeof value === 'object',
    body: (value) => typeof value === 'string',
    hang: (value) => typeof value === 'boolean',
    cut: (value) => ['before', 'head', 'body'].includes(value),
    garbage: (value) => typeof value === 'boolean',
    poison: Array.isArray,
    partial: Array.isArray,
    answer: () => true,
    counts: (value) => typeof value === 'boolean',
};

// Says what is wrong, so that a slip in a test is not taken for a function that is well.
function behave(text) {
    const told = parsed(text);
    const list = Array.isArray(told) ? told : [told];
    for (const one of list) {
        if (one === null || typeof one !== 'object') return `no behaviour: ${text}`;
        for (const [name, value] of Object.entries(one)) {
            if (!members[name]?.(value)) return `wrong: ${name}: ${JSON.stringify(value)}`;
        }
    }
    behaviours = Array.isArray(told) ? list.map((one) => ({ times: 1, ...one })) : list;
    return undefined;
}

const control = {
    'GET /calls': (query) => callsAsked(query),
    'GET /ledger': (query) => ledgerAsked(query),
    'GET /behaviour': () => behaviours,
    'DELETE /calls': () => {
        calls = [];
        attempts.clear();
    },
    'DELETE /ledger': () => {
        ledger = [];
        taken.clear();
        if (ledgerFile !== undefined) ftruncateSync(ledgerFile);
    },
};

async function serveControl(method, { pathname, searchParams }, text, response) {
    let mistake;
    let value;
    if (method === 'PUT') mistake = behave(text);
    else value = await control[`${method} ${pathname}`](searchParams);
    response.statusCode = mistake ? 400 : value === undefined ? 204 : 200;
    response.end(mistake ?? (value === undefined ? undefined : JSON.stringify(value)));
}

// ---- The server ----

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

async function serve(request, response) {
    const parts = [];
    try {
        for await (const part of request) parts.push(part);
    } catch {
        return;  // given up in the middle of the request: that was no call
    }
    const text = Buffer.concat(parts).toString();
    const url = new URL(request.url, 'http://127.0.0.1');
    const asked = `${request.method} ${url.pathname}`;
    if (asked === 'PUT /behaviour' || asked in control) {
        await serveControl(request.method, url, text, response);
    } else {
        await serveCall(request, response, text);
    }
}

function readLedger() {
    for (const line of readFileSync(ledgerPath, 'utf8').split('\n')) {
        addToLedger(parsed(line) ?? []);  // the last line may have been cut
    }
    lastNumber = ledger.reduce((last, { call }) => Math.max(last, call), 0);
}

if (ledgerPath !== undefined && existsSync(ledgerPath)) readLedger();
const ledgerFile = ledgerPath === undefined ? undefined : openSync(ledgerPath, 'a');

// Connections stay open until the caller closes them, however long they are idle.
const settings = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };

async function listen(server, port) {
    await new Promise((done) => server.listen(Number(port), '127.0.0.1', done));
    return server.address().port;
}

const { TLS_CERT: cert, TLS_KEY: key } = process.env;
if (cert !== undefined) {
    const files = { cert: readFileSync(cert), key: readFileSync(key) };
    await listen(createSecureServer({ ...settings, ...files }, serve), Number(portWanted) + 1);
}
console.log(`listening on ${await listen(createServer(settings, serve), portWanted)}`);
