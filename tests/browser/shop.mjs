// Browsers at examples/shop, as a customer and as the staff: node shop.mjs URL outages|tokens
//
// outages: orders are made, move and end, and each page shows each step; meanwhile the server is
// restarted and killed. Standard error gets the lines `[stop the server]` and `[kill the server]`,
// and this continues once another server is there. Then seven tabs share what one had.
// tokens: the pages outlive the tokens that they began with, and one tab signs all of them out.
//
// Standard output gets what was seen, as JSON. What does not come in time ends this with an error.
//
// Settings: FRESHET_TOKEN, an admin's. KITCHEN_TOKEN, which brings the records.
// FRESHET_SCREENSHOTS, a folder for pictures, if there are to be any.
import { chromium } from 'playwright-core';

const [url, scenario] = process.argv.slice(2);
const { FRESHET_TOKEN, KITCHEN_TOKEN, FRESHET_SCREENSHOTS: pictures } = process.env;
const patienceMs = 40_000;
const tabCount = 7;

const words = new Map([
    ['WAITING ON CUSTOMER', 'Still choosing'], ['SUBMITTED', 'Sent to the kitchen'],
    ['IN PROGRESS', 'In the oven'], ['COMPLETED', 'Ready'], ['REJECTED', 'Could not be made'],
]);
const columns = {
    waiting: ['WAITING ON CUSTOMER'], submitted: ['SUBMITTED'], oven: ['IN PROGRESS'],
    finished: ['COMPLETED', 'REJECTED'],
};

const say = (what) => console.error(`[${what}]`);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// What `test` returns once that is true of it.
async function until(what, test, describe = () => '') {
    const end = Date.now() + patienceMs;
    for (;;) {
        const found = await test();
        if (found) return found;
        if (Date.now() > end) {
            throw new Error(`not within ${patienceMs / 1_000} s: ${what}\n${await describe()}`);
        }
        await pause(25);
    }
}

// ---- the server ----

const as = (token) => ({ Authorization: `Bearer ${token}` });

async function read(path) {
    const answer = await fetch(new URL(path, url), { headers: as(FRESHET_TOKEN) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return path === '/metrics' ? answer.text() : answer.json();
}

const streams = async () =>
    Number(/^freshet_subscribers (\S+)$/m.exec(await read('/metrics'))?.[1]);

let sequence = 0;

const typed = (value) => {
    if (typeof value === 'number') return { N: String(value) };
    if (Array.isArray(value)) return { L: value.map(typed) };
    if (typeof value === 'string') return { S: value };
    const members = Object.entries(value).map(([name, one]) => [name, typed(one)]);
    return { M: Object.fromEntries(members) };
};

function recordOf(id, before, after) {
    const image = (order) => typed({ pk: id, ...order }).M;
    const eventName = before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT';
    return {
        eventName,
        eventSourceARN: 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-20',
        dynamodb: {
            Keys: { pk: { S: id } },
            ...(after && { NewImage: image(after) }),
            ...(before && { OldImage: image(before) }),
            SequenceNumber: String(++sequence),
        },
    };
}

// Sends it again until a server takes it, and returns its position. Freshet knows it again.
async function send(record) {
    const body = JSON.stringify({ Records: [record] });
    return until('the kitchen brings a record', async () => {
        const answer = await fetch(new URL('/records', url), {
            method: 'POST',
            headers: { ...as(KITCHEN_TOKEN), 'Content-Type': 'application/json' },
            body,
        }).catch(() => null);
        return answer?.ok ? (await answer.json()).position : false;
    });
}

// ---- orders, and what became of them ----

const orders = new Map();
const statuses = {}; // by order, in their order: what happened
const changes = [];  // [type, id] that the staff are to hear of

const timeOf = (n) => `2026-11-20T18:00:${String(n).padStart(2, '0')}.000Z`;

async function place(id, creator) {
    const status = 'WAITING ON CUSTOMER';
    const order = { createdAt: timeOf(orders.size), creator, status, items: [], numItems: 0 };
    orders.set(id, order);
    statuses[id] = [order.status];
    changes.push(['new-order', id]);
    return send(recordOf(id, null, order));
}

async function change(id, what) {
    const before = orders.get(id);
    const after = { ...before, ...what, lastUpdated: timeOf(sequence + 1) };
    orders.set(id, after);
    if (what.status) {
        statuses[id].push(what.status);
        changes.push(['order-status-updated', id]);
    }
    return send(recordOf(id, before, after));
}

const move = (id, status) => change(id, { status });

const addPizza = (id, pizza) => change(id,
    { items: [...orders.get(id).items, pizza], numItems: orders.get(id).items.length + 1 });

async function cancel(id) {
    changes.push(['order-canceled', id]);
    return send(recordOf(id, orders.get(id), null));
}

// ---- pages ----

// In the page: what each order's element showed, one after the other, each line of news, and each
// state of the connection.
function record() {
    const seen = { statuses: {}, news: [], states: [] };
    globalThis.seen = seen;
    const note = (node) => {
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        const { id, order, status, type, state } = node.dataset;
        if (status && id) {
            const shown = (seen.statuses[id] ??= []);
            if (shown.at(-1) !== status) shown.push(status);
        }
        if (type && order) seen.news.push({ id, type, order });
        if (state && seen.states.at(-1) !== state) seen.states.push(state);
    };
    new MutationObserver((found) => {
        for (const { type, target, addedNodes } of found) {
            if (type === 'attributes') note(target);
            addedNodes.forEach(note);
        }
    }).observe(document, {
        attributes: true,
        attributeFilter: ['data-status', 'data-state'],
        childList: true,
        subtree: true,
    });
}

class Tab {
    static async open(context, hash) {
        const tab = new Tab();
        tab.page = await context.newPage();
        tab.page.setDefaultTimeout(patienceMs);
        tab.faults = [];
        tab.tokens = 0;
        tab.page.on('pageerror', (error) => tab.faults.push(String(error)));
        tab.page.on('response', (answer) => {
            if (new URL(answer.url()).pathname === '/tokens' && answer.ok()) ++tab.tokens;
        });
        await tab.page.addInitScript(record);
        await tab.page.goto(url + hash);
        return tab;
    }

    async signIn(name, password) {
        await this.page.waitForSelector('#sign-in:not([hidden])');
        await this.page.fill('[name=name]', name);
        await this.page.fill('[name=password]', password);
        await this.page.click('#sign-in button');
        return this.isLive();
    }

    state() {
        return this.page.getAttribute('#connection', 'data-state');
    }

    async isLive() {
        await this.page.waitForSelector('#connection[data-state=live]:not([hidden])');
        return this;
    }

    seen() {
        return this.page.evaluate(() => globalThis.seen);
    }

    picture(name) {
        return pictures && this.page.screenshot({ path: `${pictures}/${name}.png` });
    }
}

class CustomerTab {
    static expected({ mine }) {
        return mine.items.map(({ id, numItems, status }) => [id, words.get(status), numItems,
            ['WAITING ON CUSTOMER', 'SUBMITTED', 'IN PROGRESS', 'COMPLETED'].indexOf(status) + 1]);
    }

    static shown(tab) {
        return tab.page.$$eval('#orders .order', (rows) => rows.map((row) => [
            row.dataset.id, row.querySelector('.status').textContent,
            parseInt(row.querySelector('.facts').textContent.split('·')[1], 10),
            row.querySelectorAll('[data-done]').length,
        ]));
    }
}

class StaffTab {
    static expected({ open, finished, counts }) {
        const all = [...open.items, ...finished.items];
        return Object.entries(columns).map(([column, those]) => [column,
            those.reduce((sum, status) => sum + counts.get(status), 0),
            all.filter(({ status }) => those.includes(status)).map(({ id }) => id)]);
    }

    static shown(tab) {
        return tab.page.$$eval('[data-column]', (all) => all.map((column) => [
            column.dataset.column, Number(column.querySelector('.count').textContent),
            [...column.querySelectorAll('.card')].map((card) => card.dataset.id),
        ]));
    }
}

// What GET shows, as of that position or later.
async function answers(position) {
    const as = `min_position=${position}`;
    const counts = new Map();
    for (const status of words.keys()) {
        const group = await read(`/views/orders-by-status/${encodeURIComponent(status)}?${as}`);
        counts.set(status, group.count);
    }
    return {
        mine: await read(`/views/my-orders/ada?limit=50&${as}`),
        open: await read(`/views/open-orders?limit=100&${as}`),
        finished: await read(`/views/finished-orders?limit=8&${as}`),
        counts,
    };
}

async function shows(tab, Kind, given, step) {
    const expected = JSON.stringify(Kind.expected(given));
    const shown = async () => JSON.stringify(await Kind.shown(tab));
    await until(`${Kind.name} shows what GET does: ${step}`,
        async () => (await shown()) === expected,
        async () => `shown:    ${await shown()}\nexpected: ${expected}\n` +
            `the connection is ${await tab.state()}; faults: ${tab.faults}`);
}

let customers = [];
let staff;

// After each step, each page shows it.
async function step(name, position) {
    const given = await answers(await position);
    for (const tab of customers) await shows(tab, CustomerTab, given, name);
    await shows(staff, StaffTab, given, name);
}

const countOfStreams = (count) => until(`there are ${count} streams`,
    async () => (await streams()) === count, async () => `there are ${await streams()}`);

// Once both pages have noticed that the server is away.
async function outage(what) {
    const lost = async (tab) =>
        (await tab.seen()).states.filter((state) => state !== 'live').length;
    const before = [await lost(customers[0]), await lost(staff)];
    say(`${what} the server`);
    await until(`the pages notice: ${what}`, async () =>
        (await lost(customers[0])) > before[0] && (await lost(staff)) > before[1]);
}

// ---- scenarios ----

async function outages(context) {
    await step('nothing yet', 0);

    await step('an order is placed', place('a1', 'ada'));
    await step('somebody else places one', place('b1', 'ben'));
    await step('it gets a pizza', addPizza('a1',
        { size: 'large', crust: 'thin', sauce: 'tomato', toppings: ['<b>olives</b>', 'onions'] }));
    await step('it is submitted', move('a1', 'SUBMITTED'));
    await step('it is in the oven', move('a1', 'IN PROGRESS'));
    await step('the other one is submitted', move('b1', 'SUBMITTED'));
    await step('it is done', move('a1', 'COMPLETED'));
    await step('the next one is placed', place('a2', 'ada'));
    await step('and canceled', cancel('a2'));

    await outage('stop');
    await place('a3', 'ada');
    await move('a3', 'SUBMITTED');
    await move('b1', 'IN PROGRESS');
    await step('after a restart', move('a3', 'IN PROGRESS'));
    await Promise.all([customers[0].isLive(), staff.isLive()]);

    await step('between', place('a4', 'ada'));

    await outage('kill');
    await customers[0].picture('reconnecting');
    await move('b1', 'REJECTED');
    await addPizza('a4', { size: 'small', crust: 'deep dish', sauce: 'pesto', toppings: [] });
    await step('after a kill', move('a3', 'COMPLETED'));
    await Promise.all([customers[0].isLive(), staff.isLive()]);
    await step('and then', move('a4', 'SUBMITTED'));

    await oneOrder(customers[0]);
    await tabs(context);
}

// In detail, and text is text whatever it holds.
async function oneOrder(tab) {
    const facts = () => tab.page.evaluate(() => [
        document.querySelector('#order h1').textContent,
        document.querySelector('#order .status').textContent,
        document.querySelector('#order [aria-current]')?.textContent,
        [...document.querySelectorAll('.pizzas li')].map((line) => line.textContent),
    ]);
    const isShown = (what, expected) => until(what,
        async () => JSON.stringify(await facts()) === JSON.stringify(expected),
        async () => `shown: ${JSON.stringify(await facts())}`);
    await tab.page.click('[data-id=a1] a');
    await isShown('one order', ['Order A1', 'Ready', 'Ready',
        ['Large, thin, tomato, <b>olives</b>, onions']]);
    await tab.page.goBack();
    await tab.page.click('[data-id=a4] a');
    await isShown('another one', ['Order A4', 'Sent to the kitchen', 'Sent to the kitchen',
        ['Small, deep dish, pesto']]);
    await move('a4', 'IN PROGRESS');
    await isShown('that it moves', ['Order A4', 'In the oven', 'In the oven',
        ['Small, deep dish, pesto']]);
    await tab.picture('order');
    await tab.page.click('.back');
    await tab.page.waitForSelector('#orders:not([hidden])');
}

async function tabs(context) {
    while (customers.length < tabCount) {
        const tab = await Tab.open(context, '');
        customers.push(await tab.isLive());
    }
    await countOfStreams(2); // the customer's and the staff's
    await step('in all tabs', place('a5', 'ada'));
    await step('and again', move('a4', 'COMPLETED'));
    await countOfStreams(2);
    await customers[0].picture('customer');
    await staff.picture('board');
}

const tokensOf = (tabs) => tabs.reduce((sum, tab) => sum + tab.tokens, 0);

// Two tabs, which are asked for a token by turns.
async function tokens(context) {
    customers.push(await (await Tab.open(context, '')).isLive());
    await step('an order is placed', place('a1', 'ada'));
    const before = [customers, [staff]].map(tokensOf);
    const began = Date.now();
    let pizzas = 0;
    // A token is asked for when half of the one before it is over, so when the fourth is there, the
    // first two end.
    await until('three more tokens each', async () => {
        await step(`pizza ${pizzas}`, change('a1', { numItems: ++pizzas }));
        await pause(1_000);
        return tokensOf(customers) >= before[0] + 3 && staff.tokens >= before[1] + 3;
    }, () => `there were ${tokensOf(customers)} and ${staff.tokens}, after ${before}`);
    await pause(2_000);
    await step('another pizza', change('a1', { numItems: ++pizzas }));
    const lived = (Date.now() - began) / 1_000;

    await step('in both tabs', move('a1', 'SUBMITTED'));
    await countOfStreams(2);
    await customers[0].page.click('#sign-out');
    for (const tab of customers) await tab.page.waitForSelector('#sign-in:not([hidden])');
    await countOfStreams(1);
    return lived;
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
try {
    const context = await browser.newContext();
    customers = [await (await Tab.open(context, '')).signIn('ada', 'pesto')];
    staff = await (await Tab.open(context, '#board')).signIn('sam', 'oven');
    const first = customers[0];
    say('watching');
    const lived = await (scenario === 'tokens' ? tokens : outages)(context);
    const [ada, sam] = [await first.seen(), await staff.seen()];
    console.log(JSON.stringify({
        lived, statuses, changes: changes.map((one) => one.join(' ')),
        ada: { statuses: ada.statuses, states: ada.states, tokens: tokensOf(customers) },
        sam: { statuses: sam.statuses, states: sam.states, tokens: staff.tokens,
            news: sam.news.map(({ type, order }) => `${type} ${order}`),
            ids: new Set(sam.news.map(({ id }) => id)).size },
        faults: [...customers, staff].flatMap((tab) => tab.faults),
    }));
} finally {
    await browser.close();
}
