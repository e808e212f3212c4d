// Browsers at examples/shop, as a customer and as the staff:
// node shop.mjs URL buttons|outages|tokens
//
// buttons: people do with the page all that can be done with it, and each page shows each step. Of
// two who press the same button, one is told that somebody was faster.
// outages: orders are made, move and end, and each page shows each step; meanwhile the server is
// restarted and killed. Standard error gets the lines `[stop the server]` and `[kill the server]`,
// and this continues once another server is there. Then seven tabs share what one had.
// tokens: the pages outlive the tokens that they began with, and one tab signs all of them out.
//
// Standard output gets what was seen, as JSON. What does not come in time ends this with an error.
//
// Settings: FRESHET_TOKEN, an admin's. FRESHET_SCREENSHOTS, a folder for pictures, if there are to
// be any.
import { chromium } from 'playwright-core';

const [url, scenario] = process.argv.slice(2);
const { FRESHET_TOKEN, FRESHET_SCREENSHOTS: pictures } = process.env;
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
const titleOf = (id) => id.slice(-4).toUpperCase();

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

// ---- people who need no page ----

const signIn = new URL(url);
signIn.port = Number(signIn.port) + 1;

const post = (path, content, headers = {}) => fetch(new URL(path, signIn), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(content),
});

class Person {
    constructor(name, password, role) {
        Object.assign(this, { name, password, role });
    }

    async token() {
        if (!this.cookie) {
            const answer = await post('/sign-in', { name: this.name, password: this.password });
            [this.cookie] = answer.headers.get('Set-Cookie').split(';');
        }
        const answer = await post('/tokens', { role: this.role }, { Cookie: this.cookie });
        return answer.ok ? (await answer.json()).token : null;
    }

    // Sends it again until a server answers, and returns the position; to the same again, the shop
    // answers that all is as it was. A refusal ends this.
    async write(method, id, content) {
        return until(`${this.name} writes ${id}`, async () => {
            const token = await this.token(); // none while the server is away
            const answer = token && (await fetch(new URL(`/tables/orders/items/${id}`, url), {
                method,
                headers: { ...as(token), 'Content-Type': 'application/json' },
                body: content && JSON.stringify(content),
            }).catch(() => null));
            if (!answer || answer.status === 503) return false;
            if (!answer.ok) throw new Error(`${method} ${id}: ${await answer.text()}`);
            return Number(answer.headers.get('Freshet-Position'));
        });
    }
}

const people = {
    ada: new Person('ada', 'pesto', 'customer'),
    ben: new Person('ben', 'pesto', 'customer'),
    sam: new Person('sam', 'oven', 'staff'),
};

// ---- orders, and what became of them ----

const orders = new Map(); // by id: {creator, items}
const statuses = {};      // by order, in their order: what happened
const changes = [];       // [type, id] that the staff are to hear of

const pizza = { size: 'small', crust: 'deep dish', sauce: 'pesto', toppings: [] };

// That it was, by somebody with a page or without one.
function notePlaced(id) {
    statuses[id] = ['WAITING ON CUSTOMER'];
    changes.push(['new-order', id]);
}

function noteMoved(id, status) {
    statuses[id].push(status);
    changes.push(['order-status-updated', id]);
}

async function place(id, creator, items = []) {
    orders.set(id, { creator, items });
    notePlaced(id);
    return people[creator].write('PUT', encodeURIComponent(id), { items });
}

async function move(id, status) {
    noteMoved(id, status);
    const by = status === 'SUBMITTED' ? orders.get(id).creator : 'sam';
    return people[by].write('PATCH', id, { status });
}

async function change(id, items) {
    const order = orders.get(id);
    order.items = items;
    return people[order.creator].write('PATCH', id, { items });
}

const addPizza = (id, one) => change(id, [...orders.get(id).items, one]);

async function cancel(id) {
    changes.push(['order-canceled', id]);
    return people[orders.get(id).creator].write('DELETE', encodeURIComponent(id));
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

const buttonOf = (to, id) =>
    `${id ? `.card[data-id="${id}"]` : '#order'} .steps [data-to="${to}"]`;

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

    // A button of an order on the board, or of the one that is open. A tab that is not in front
    // would take a second for it.
    async press(to, id) {
        await this.page.bringToFront();
        await this.page.click(buttonOf(to, id));
    }

    told() {
        return this.page.textContent('#told');
    }

    async isTold(text) {
        await until(`a page tells: ${text}`, async () => (await this.told()) === text,
            async () => `it tells: ${await this.told()}; faults: ${this.faults}`);
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
        return mine.items.map(({ id, numItems, status }) => [
            id, titleOf(id), words.get(status), numItems,
            ['WAITING ON CUSTOMER', 'SUBMITTED', 'IN PROGRESS', 'COMPLETED'].indexOf(status) + 1]);
    }

    static shown(tab) {
        return tab.page.$$eval('#orders .order', (rows) => rows.map((row) => [
            row.dataset.id, row.querySelector('.title').textContent,
            row.querySelector('.status').textContent,
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

// What an order is in the server once `test` is true of it.
const stored = (id, what, test) => until(what, async () => {
    const answer = await fetch(new URL(`/views/admin-order/${id}`, url),
        { headers: as(FRESHET_TOKEN) });
    return test(answer.ok ? await answer.json() : null);
});

const isNow = (id, status) => stored(id, `${id} is ${status}`, (order) => order?.status === status);

// What the page of an order shows.
const detail = (tab) => tab.page.evaluate(() => {
    const page = document.querySelector('#order');
    const shown = (selector) => [...page.querySelectorAll(selector)]
        .filter((node) => node.checkVisibility()).map((node) => node.textContent);
    const form = [...page.querySelectorAll('.editor li')]
        .filter((line) => line.checkVisibility())
        .map((line) => [...line.querySelectorAll('select, :checked[type=checkbox]')]
            .map(({ value }) => value).join(', '));
    return { title: shown('h1')[0], status: shown('.status')[0],
        step: shown('[aria-current]')[0], pizzas: shown('.pizzas li'), form,
        buttons: shown('.steps button') };
});

const isShown = (tab, what, expected) => until(what, async () => {
    const found = await detail(tab);
    return Object.entries(expected).every(([name, value]) =>
        JSON.stringify(found[name]) === JSON.stringify(value));
}, async () => `shown: ${JSON.stringify(await detail(tab))}\nexpected: ` +
    `${JSON.stringify(expected)}\nit tells: ${await tab.told()}; faults: ${tab.faults}`);

const writes = '**/tables/orders/items/*';

// Somebody does something, whose write is held up until the other one's is done.
async function overtake(slow, act, other) {
    let letThrough;
    const held = new Promise((done) => { letThrough = done; });
    const arrived = new Promise((done) => {
        slow.page.route(writes, async (route) => {
            done();
            await held;
            await route.continue();
        });
    });
    await act();
    await arrived;
    await other();
    letThrough();
}

// Another tab of hers changes the order while this one saves a choice. Then she makes another one
// here, which was not meant for that.
async function overwrite(tab, id, items) {
    let answered;
    const held = new Promise((done) => { answered = done; });
    const arrived = new Promise((done) => {
        tab.page.route(writes, async (route) => {
            const response = await route.fetch();
            done();
            await held;
            await route.fulfill({ response });
        });
    });
    await tab.page.selectOption('.editor [name=crust]', 'hand-tossed');
    await arrived;
    orders.set(id, { creator: 'ada', items });
    await step('another tab changes it', change(id, items));
    await until('the page has the change, and not yet in its form', () =>
        tab.page.evaluate((count) => document.querySelectorAll('#order .pizzas li').length ===
            count, items.length));
    await tab.page.selectOption('.editor [name=sauce]', 'alfredo');
    answered();
    await tab.isTold(`Order ${titleOf(id)} was changed just now. Look at it again first.`);
    await tab.page.unroute(writes);
}

// The page does something that nobody has thought of, and its buttons work on.
async function stumble(tab) {
    await tab.page.evaluate(() => {
        const { fetch } = globalThis;
        globalThis.fetch = () => {
            globalThis.fetch = fetch;
            throw new Error('not thought of');
        };
    });
    await tab.page.selectOption('.editor [name=crust]', 'hand-tossed');
    await tab.isTold('Something is wrong with this page. Load it again.');
    const faults = tab.faults.splice(0);
    if (faults.join() !== 'Error: not thought of') throw new Error(`faults: ${faults}`);
}

// A double click on the first of two cards in a column starts that order alone, though the other
// card comes under the second click. A press on that one soon after is meant.
async function twoCards(first, second) {
    await staff.page.bringToFront();
    const start = await staff.page.$(buttonOf('IN PROGRESS', first));
    await start.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await start.boundingBox();
    const middle = [x + width / 2, y + height / 2];
    const { mouse } = staff.page;
    await mouse.click(...middle);
    await isNow(first, 'IN PROGRESS');
    noteMoved(first, 'IN PROGRESS');
    await until('the other card is there', () => staff.page.evaluate(([at, selector]) =>
        document.elementFromPoint(...at) === document.querySelector(selector),
    [middle, buttonOf('IN PROGRESS', second)]));
    await mouse.down({ clickCount: 2 });
    await mouse.up({ clickCount: 2 });
    await staff.press('REJECTED', second);
    await isNow(second, 'REJECTED');
    noteMoved(second, 'REJECTED');
    await step('two cards are pressed', 0);
}

// Two of the staff press the same button: one succeeds, and the other is told.
async function both(first, second, to, id) {
    await overtake(second[0], () => second[0].press(to, second[1]), async () => {
        await first[0].press(to, first[1]);
        await isNow(id, to);
        noteMoved(id, to);
    });
    const text = `Somebody was faster. Order ${titleOf(id)}: ${words.get(to).toLowerCase()}.`;
    await second[0].isTold(text);
    if ((await first[0].told()) === text) throw new Error('the first one is told, too');
    await second[0].page.unroute(writes);
}

// What is told where it is not known whether something was done.
const noAnswer = 'There is no answer from the shop. Try again in a moment.';

// By the button; returns its id.
async function newOrder(tab) {
    await tab.page.bringToFront();
    await tab.page.click('#new-order');
    return opened(tab);
}

// The same, where the shop makes the order and then does not say so.
async function newOrderUnheard(tab) {
    const posts = '**/tables/orders/items';
    const names = [];
    await tab.page.route(posts, async (route) => {
        names.push(route.request().headers()['idempotency-key']);
        const answer = await route.fetch();
        if (!answer.ok()) throw new Error(`no order is made: ${await answer.text()}`);
        if (names.length > 1) await route.fulfill({ response: answer });
        else await route.fulfill({ status: 504, json: { status: 504, title: 'Gateway Timeout' } });
    });
    await tab.page.bringToFront();
    await tab.page.click('#new-order');
    await tab.isTold(noAnswer);
    await tab.page.click('#new-order');
    const id = await opened(tab); // as GET shows it: there is no other one
    if (names.length !== 2 || names[0] !== names[1]) throw new Error(`two names: ${names}`);
    await tab.page.unroute(posts);
    return id;
}

async function opened(tab) {
    await tab.page.waitForSelector('#order:not([hidden]) .editor:not([hidden])');
    const id = new URL(tab.page.url()).hash.slice('#order/'.length);
    notePlaced(id);
    await step('an order is made', 0);
    return id;
}

async function buttons() {
    const [ada] = customers;
    const tilled = await staff.page.context().browser().newContext();
    const other = await (await Tab.open(tilled, '#board')).signIn('sam', 'oven');

    // A customer makes an order, and chooses.
    const one = await newOrder(ada);
    await isShown(ada, 'it is empty', { title: `Order ${titleOf(one)}`, form: [],
        status: 'Still choosing', step: 'Still choosing', buttons: ['Send', 'Cancel'] });
    await ada.press('SUBMITTED');
    await ada.isTold(`There is no pizza in order ${titleOf(one)} yet.`);

    await other.page.goto(`${url}#board/${one}`);
    await isShown(other, 'the staff see it', { status: 'Still choosing', pizzas: ['None yet'],
        buttons: [] });
    const has = (text) => stored(one, `it has ${text}`, ({ items }) =>
        items.map(({ size, crust, sauce, toppings }) =>
            [size, crust, sauce, ...toppings].join(', ')).join('; ') === text);
    await ada.page.click('.add');
    await has('small, thin, tomato');
    await step('it gets a pizza', 0);
    await ada.page.selectOption('.editor [name=size]', 'x-large');
    await ada.page.check('.editor [value=pineapple]');
    await ada.page.check('.editor [value=anchovies]');
    await has('x-large, thin, tomato, anchovies, pineapple');
    await isShown(other, 'the staff see each change',
        { pizzas: ['X-large, thin, tomato, anchovies, pineapple'] });
    for (const value of ['cheese', 'pepperoni', 'sausage', 'olives', 'peppers', 'mushrooms']) {
        await ada.page.check(`.editor [value=${value}]`);
    }
    await stored(one, 'it has eight toppings', ({ items }) => items[0].toppings.length === 8);
    if (await ada.page.isEnabled('.editor [value=chicken]')) throw new Error('a ninth is offered');
    for (let i = 0; i < 5; ++i) await ada.page.click('.add');
    await stored(one, 'it has six', ({ numItems }) => numItems === 6);
    await step('it is full', 0);
    if (await ada.page.isEnabled('.add')) throw new Error('a seventh may be added');
    for (let i = 0; i < 5; ++i) await ada.page.click('.editor li:first-child .remove');
    await has('small, thin, tomato');
    await isShown(ada, 'what is left', { form: ['small, thin, tomato'] });
    await ada.picture('editor');

    // She sends it, and may still change it.
    await ada.page.dblclick('#order [data-to=SUBMITTED]'); // once is meant
    await isNow(one, 'SUBMITTED');
    noteMoved(one, 'SUBMITTED');
    await step('it is sent', 0);
    await isShown(ada, 'it may be changed', { status: 'Sent to the kitchen', buttons: ['Cancel'],
        form: ['small, thin, tomato'] });
    await ada.page.selectOption('.editor [name=sauce]', 'bbq');
    await has('small, thin, bbq');
    await isShown(other, 'the staff see that', { pizzas: ['Small, thin, bbq'],
        buttons: ['Start', 'Reject'] });
    await stumble(ada);
    await overwrite(ada, one, [{ ...pizza, size: 'medium', crust: 'thin' }, pizza]);
    await isShown(ada, 'what the other tab has chosen',
        { form: ['medium, thin, pesto', 'small, deep dish, pesto'] });
    await ada.page.click('.editor li:first-child .remove');
    await has('small, deep dish, pesto');
    await isShown(other, 'the staff see that, too', { pizzas: ['Small, deep dish, pesto'] });

    // Two of the staff start it, while she changes it once more.
    await ada.page.bringToFront();
    await overtake(ada, () => ada.page.selectOption('.editor [name=size]', 'large'),
        () => both([staff, one], [other], 'IN PROGRESS', one));
    await ada.isTold(`Somebody was faster. Order ${titleOf(one)}: in the oven.`);
    await ada.page.unroute(writes);
    await step('it is started', 0);
    await isShown(ada, 'it is as the kitchen has it', { status: 'In the oven', buttons: [],
        form: [], pizzas: ['Small, deep dish, pesto'] });
    await isShown(other, 'and here', { status: 'In the oven', buttons: ['Complete', 'Reject'] });
    await staff.picture('pressed');
    await other.picture('told');
    await both([other], [staff, one], 'COMPLETED', one);
    await step('it is completed', 0);
    await isShown(ada, 'that it is ready', { status: 'Ready', buttons: [],
        pizzas: ['Small, deep dish, pesto'] });

    // The next one is rejected, and the one after that canceled.
    await ada.page.bringToFront();
    await ada.page.click('.back');
    const two = await newOrderUnheard(ada);
    await ada.page.click('.add');
    await stored(two, 'it has one', ({ numItems }) => numItems === 1);
    await ada.press('SUBMITTED');
    await isNow(two, 'SUBMITTED');
    noteMoved(two, 'SUBMITTED');
    await step('another one is sent', 0);
    await other.page.goto(`${url}#board`);
    await other.page.waitForSelector(`.card[data-id="${two}"]`);
    await both([other, two], [staff, two], 'REJECTED', two);
    await step('it is rejected', 0);
    await isShown(ada, 'that it could not be made', { status: 'Could not be made', buttons: [] });

    await ada.page.bringToFront();
    await ada.page.click('.back');
    const three = await newOrder(ada);
    await ada.press('CANCELED');
    await stored(three, 'it is gone', (order) => order === null);
    changes.push(['order-canceled', three]);
    await ada.page.waitForSelector('#orders:not([hidden])');
    await step('it is canceled', 0);

    // What the page showed when a button was pressed may be old: somebody else has canceled it.
    const four = await newOrder(ada);
    await overtake(ada, () => ada.page.click('.add'), () => {
        orders.set(four, { creator: 'ada' });
        return cancel(four);
    });
    await ada.isTold(`Order ${titleOf(four)} is not there any more: it was canceled.`);
    await step('it is canceled elsewhere', 0);

    for (const id of ['c1', 'c2']) {
        await step('one is placed', place(id, 'ada', [pizza]));
        await step('and sent', move(id, 'SUBMITTED'));
    }
    await twoCards('c2', 'c1');
    if (other.faults.length) throw new Error(other.faults.join('\n'));
}

async function outages(context) {
    await step('nothing yet', 0);

    await step('an order is placed', place('a1', 'ada'));
    await step('somebody else places one', place('b1', 'ben', [pizza]));
    await step('it gets a pizza', addPizza('a1',
        { size: 'large', crust: 'thin', sauce: 'tomato', toppings: ['olives', 'onions'] }));
    await step('it is submitted', move('a1', 'SUBMITTED'));
    await step('it is in the oven', move('a1', 'IN PROGRESS'));
    await step('the other one is submitted', move('b1', 'SUBMITTED'));
    await step('it is done', move('a1', 'COMPLETED'));
    await step('text is text whatever it holds', place('<i>', 'ada'));
    await step('and it is canceled', cancel('<i>'));

    await outage('stop');
    await place('a3', 'ada', [pizza]);
    await move('a3', 'SUBMITTED');
    await move('b1', 'IN PROGRESS');
    await step('after a restart', move('a3', 'IN PROGRESS'));
    await Promise.all([customers[0].isLive(), staff.isLive()]);

    await step('between', place('a4', 'ada'));

    await outage('kill');
    await customers[0].picture('reconnecting');
    await move('b1', 'REJECTED');
    await addPizza('a4', pizza);
    await step('after a kill', move('a3', 'COMPLETED'));
    await Promise.all([customers[0].isLive(), staff.isLive()]);
    await step('and then', move('a4', 'SUBMITTED'));

    await oneOrder(customers[0]);
    await tabs(context);
}

// In detail.
async function oneOrder(tab) {
    await tab.page.click('[data-id=a1] a');
    await isShown(tab, 'one order', { title: 'Order A1', status: 'Ready', step: 'Ready',
        pizzas: ['Large, thin, tomato, olives, onions'] });
    await tab.page.goBack();
    await tab.page.click('[data-id=a4] a');
    await isShown(tab, 'another one', { title: 'Order A4', status: 'Sent to the kitchen',
        step: 'Sent to the kitchen', form: ['small, deep dish, pesto'] });
    await move('a4', 'IN PROGRESS');
    await isShown(tab, 'that it moves', { title: 'Order A4', status: 'In the oven',
        step: 'In the oven', form: [], pizzas: ['Small, deep dish, pesto'] });
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
        await step(`change ${++pizzas}`, change('a1', Array(1 + (pizzas % 6)).fill(pizza)));
        await pause(1_000);
        return tokensOf(customers) >= before[0] + 3 && staff.tokens >= before[1] + 3;
    }, () => `there were ${tokensOf(customers)} and ${staff.tokens}, after ${before}`);
    await pause(2_000);
    await step('another pizza', change('a1', Array(1 + (++pizzas % 6)).fill(pizza)));
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
    const lived = await { buttons, outages, tokens }[scenario](context);
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
