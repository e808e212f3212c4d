// The caller's orders, live: a list that is read once, and the events after it.
//
//     open  ->  hello: read the list  ->  events: change the rows
//       ^                                    |
//       +---- the browser reconnects by itself, and this page where the browser gives up
//
// Every event has a position in its id, and the list says as of which position it is. So what the
// list shows already is not put into it twice, and no event is listed twice.

const types = ['new-order', 'order-updated', 'order-canceled'];
const firstWait = 1_000;
const longestWait = 15_000;

const element = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms * (0.75 + Math.random() / 2)));
const post = (path, body) =>
    fetch(path, { method: 'POST', body: body && JSON.stringify(body) }).catch(() => null);

let source = null;     // the EventSource, while somebody is signed in
let user = null;
let lastId = null;     // of what came last, heartbeats too
let heard = 0;         // the position of the newest event that is listed
let shown = null;      // the position that the rows are as of; null: not yet read
let early = [];        // what came while the list was being read
let readings = 0;      // of which only the newest counts
let orders = new Map();
let wait = firstWait;  // before this page opens a stream again

// An id is the log's epoch and a position.
const positionIn = (id) => Number(id.slice(id.lastIndexOf('.') + 1));

// ---- what is on the screen ----

function show() {
    const newestFirst = [...orders.values()].sort(
        (a, b) => b.createdAt.localeCompare(a.createdAt) || a.id.localeCompare(b.id));
    element('orders').replaceChildren(...newestFirst.map((order) => {
        const row = document.createElement('tr');
        row.dataset.id = order.id;
        for (const text of [order.id, order.createdAt, order.status, order.numItems,
            order.creator ?? user.name]) {
            row.insertCell().textContent = text;
        }
        return row;
    }));
}

function list(event, order) {
    const line = document.createElement('li');
    line.dataset.id = event.lastEventId;
    line.textContent = `${event.type} ${order.id} ${order.status ?? ''}`;
    element('events').append(line);
}

const say = (state) => { element('state').textContent = state; };

// ---- the list, and what changes it ----

async function read() {
    const reading = ++readings;
    shown = null;
    const path = user.role === 'staff' ? '/views/all-orders' : '/views/my-orders?me=1';
    const answer = await fetch(path).catch(() => null);
    const body = answer?.ok ? await answer.json().catch(() => null) : null;
    if (reading !== readings) return;
    if (!body) {
        reopen();
        return;
    }
    orders = new Map(body.items.map((order) => [order.id, order]));
    shown = Number(answer.headers.get('Freshet-Position'));
    for (const event of early.splice(0)) take(event);
    show();
    say('live');
}

function take(event) {
    lastId = event.lastEventId;
    if (shown === null) {
        early.push(event);
        return;
    }
    const position = positionIn(event.lastEventId);
    const order = JSON.parse(event.data);
    if (position > heard) {
        heard = position;
        list(event, order);
    }
    if (position <= shown) return; // the list has it
    shown = position;
    if (event.type === 'order-canceled') {
        orders.delete(order.id);
    } else {
        orders.set(order.id, order);
    }
    show();
}

// ---- the stream ----

function open() {
    source?.close();
    const after = lastId ? `&last_event_id=${encodeURIComponent(lastId)}` : '';
    // Bookmarks are heartbeats that have an id: this page then knows the newest one, too.
    const stream = new EventSource(`/events?bookmarks=1${after}`);
    source = stream;
    stream.addEventListener('hello', () => {
        wait = firstWait;
        if (shown === null) read();
        else say('live');
    });
    // The place where this page was is gone, so the list is read again. Positions of another log
    // begin from what it says.
    stream.addEventListener('reset', () => {
        wait = firstWait;
        heard = 0;
        early = [];
        read();
    });
    stream.addEventListener('bookmark', (event) => { lastId = event.lastEventId; });
    for (const type of types) stream.addEventListener(type, take);
    // The stream ends with its cookie, and the browser reconnects with the new one.
    stream.addEventListener('expiring', renew);
    stream.addEventListener('error', () => {
        if (stream !== source) return;
        say('reconnecting');
        // Any answer but 200 is final to a browser: a cookie that has expired, most of all.
        if (stream.readyState === EventSource.CLOSED) reopen();
    });
}

async function reopen() {
    const stream = source;
    await pause(wait);
    wait = Math.min(wait * 2, longestWait);
    if (stream === source && await renew() && stream === source) open();
}

let renewing = null; // one at a time

// Returns whether the cookie is a new one; if the session is over, nobody is signed in any more.
function renew() {
    renewing ??= tryToRenew().finally(() => { renewing = null; });
    return renewing;
}

async function tryToRenew() {
    for (let ms = firstWait; ; ms = Math.min(ms * 2, longestWait)) {
        const answer = await post('/renew');
        if (answer?.ok) {
            user = await answer.json();
            return true;
        }
        if (answer?.status === 401) {
            leave();
            return false;
        }
        await pause(ms);
    }
}

// ---- who is here ----

function enter() {
    element('sign-in').hidden = true;
    element('shop').hidden = false;
    element('who').textContent = `${user.name}, ${user.role}`;
    say('connecting');
    open();
}

function leave() {
    source?.close();
    source = user = lastId = shown = null;
    heard = 0;
    ++readings;
    early = [];
    orders = new Map();
    element('orders').replaceChildren();
    element('events').replaceChildren();
    element('sign-in').hidden = false;
    element('shop').hidden = true;
}

element('sign-in').addEventListener('submit', async (event) => {
    event.preventDefault();
    const answer = await post('/sign-in', Object.fromEntries(new FormData(event.target)));
    element('refused').textContent =
        answer?.status === 401 ? 'wrong name or password' : 'the shop is away, try again';
    if (!answer?.ok) return;
    element('refused').textContent = '';
    event.target.reset();
    user = await answer.json();
    enter();
});

element('sign-out').addEventListener('click', async () => {
    const answer = await post('/sign-out');
    leave();
    if (!answer?.ok) {
        element('refused').textContent = 'the shop is away: you are still signed in, try again';
    }
});

if (await renew()) enter(); // a page that is loaded again
