// The guests of the shop, and sam: they make, change, send and cancel orders, and he makes what is
// in them, about two changes a second, for as long as this runs.
//
//     node guests.mjs             until it is ended
//     node guests.mjs --once 5    until five orders have come and gone, without a pause
//
// They do by HTTP what people do on the page. Their orders have ids of their own, so they know them
// again when this is started once more, and leave all others alone. While Freshet or the sign-in
// service is away they wait for it, for a minute at most.
//
// Settings: FRESHET_URL. SIGN_IN_URL, by default on the port after Freshet's.
import { randomInt, randomUUID } from 'node:crypto';

const freshet = new URL(process.env.FRESHET_URL ?? 'http://127.0.0.1:8080');
const signIn = new URL(process.env.SIGN_IN_URL ??
    `http://${freshet.hostname}:${Number(freshet.port) + 1}`);
const table = '/tables/orders/items';
const idsBegin = 'guest-';
const patienceMs = 60_000;
const answerMs = 10_000;
const againMs = 500;
const openMost = 12;
const pizzasMost = 3;

const guests = ['ada', 'ben', 'chloe', 'dmitri', 'emeka', 'fatima'];
const passwords = { customer: 'pesto', staff: 'oven' };

const oneIn = (count) => randomInt(count) === 0;
const anyOf = (list) => list[randomInt(list.length)];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- asking ----

// The answer; asks again while there is none, or one that tells to come again.
async function ask(url, options) {
    const end = Date.now() + patienceMs;
    for (;;) {
        const signal = AbortSignal.timeout(answerMs);
        const answer = await fetch(url, { ...options, signal }).catch((error) => error);
        if (answer.ok !== undefined && ![429, 502, 503, 504].includes(answer.status)) return answer;
        if (Date.now() > end) {
            throw new Error(`${url} does not answer: ${answer.status ?? answer.cause?.code ??
                answer.message}`);
        }
        await answer.body?.cancel();
        await pause(againMs);
    }
}

const sending = (method, content, headers) => ({
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: content && JSON.stringify(content),
});

class Person {
    constructor(name, role) {
        Object.assign(this, { name, role });
    }

    async signIn() {
        const answer = await ask(new URL('/sign-in', signIn),
            sending('POST', { name: this.name, password: passwords[this.role] }));
        if (!answer.ok) throw new Error(`${this.name} cannot sign in: ${await answer.text()}`);
        [this.cookie] = answer.headers.get('Set-Cookie').split(';');
    }

    // The session is gone when the sign-in service was restarted.
    async renew() {
        for (let isNew = !this.cookie; ; isNew = true) {
            if (isNew) await this.signIn();
            const answer = await ask(new URL('/tokens', signIn),
                sending('POST', { role: this.role }, { Cookie: this.cookie }));
            const { token, exp, error } = await answer.json();
            if (answer.ok) return Object.assign(this, { token, exp });
            if (isNew || answer.status !== 401) throw new Error(`no token: ${error}`);
        }
    }

    async write(method, path, content, headers) {
        for (let isRefused = false; ; isRefused = true) {
            if (isRefused || !(Date.now() < (this.exp - 5) * 1_000)) await this.renew();
            const answer = await ask(new URL(path, freshet),
                sending(method, content, { Authorization: `Bearer ${this.token}`, ...headers }));
            if (answer.status !== 401 || isRefused) return answer;
        }
    }
}

const people = guests.map((name) => new Person(name, 'customer'));
const sam = new Person('sam', 'staff');

// ---- what they do ----

const open = []; // orders that have not ended: {id, by, status, items, tag}
let menu;        // the choices of a pizza, by their names
let placed = 0;
let changes = 0;

async function whatWasRead(path, answer) {
    if (!answer.ok) throw new Error(`${path} cannot be read: ${await answer.text()}`);
    return answer.json();
}

const read = async (path) => whatWasRead(path, await sam.write('GET', path));

async function readMenu() {
    const { schema } = await read('/tables/orders');
    const { properties } = schema.properties.items.items;
    const { size, crust, sauce, toppings } = properties;
    menu = { size: size.enum, crust: crust.enum, sauce: sauce.enum, toppings: toppings.items.enum };
}

function anyPizza() {
    const first = randomInt(menu.toppings.length);
    return {
        size: anyOf(menu.size),
        crust: anyOf(menu.crust),
        sauce: anyOf(menu.sauce),
        toppings: [...menu.toppings, ...menu.toppings].slice(first, first + randomInt(4)),
    };
}

// A new list of pizzas, which is another one for sure.
function changed(items) {
    if (items.length < pizzasMost && (items.length === 0 || !oneIn(3))) {
        return [...items, anyPizza()];
    }
    return items.filter((pizza, i) => i !== 0);
}

// The name lets the write be sent again when its answer got lost, and undo nothing that was done
// since.
async function place() {
    const by = anyOf(people);
    const id = idsBegin + randomUUID();
    const items = Array.from({ length: randomInt(3) }, anyPizza);
    const answer = await by.write('PUT', `${table}/${id}`, { items },
        { 'Idempotency-Key': `"${randomUUID()}"` });
    if (!answer.ok) throw new Error(`no order was made: ${await answer.text()}`);
    open.push({ id, by, status: 'WAITING ON CUSTOMER', items, tag: answer.headers.get('ETag') });
    ++placed;
}

function end(order) {
    if (open.includes(order)) open.splice(open.indexOf(order), 1);
}

// Writes what is meant for the state that is known of the order.
async function write(person, method, order, attributes) {
    const answer = await person.write(method, `${table}/${order.id}`, attributes,
        { 'If-Match': order.tag });
    if (answer.ok) {
        order.tag = answer.headers.get('ETag');
        Object.assign(order, attributes);
        if (method === 'DELETE') end(order);
    } else if ([404, 409, 412].includes(answer.status)) {
        await lookAgain(order); // somebody has used a button of the page, or an answer got lost
    } else {
        throw new Error(`order ${order.id} was not changed: ${await answer.text()}`);
    }
    if (['COMPLETED', 'REJECTED'].includes(order.status)) end(order);
}

async function lookAgain(order) {
    const path = `/views/admin-order/${order.id}`;
    const answer = await sam.write('GET', path);
    if (answer.status === 404) return end(order);
    const { status, items } = await whatWasRead(path, answer);
    return Object.assign(order, { status, items, tag: answer.headers.get('ETag') });
}

// What the guests of an earlier run have left behind.
async function takeOver() {
    const { items } = await read('/views/open-orders?limit=1000');
    for (const { id, creator } of items) {
        const by = people.find(({ name }) => name === creator);
        if (!by || !id.startsWith(idsBegin)) continue;
        const order = { id, by };
        open.push(order);
        await lookAgain(order);
    }
}

function advance(order) {
    const { by, status, items } = order;
    const step = (to) => write(sam, 'PATCH', order, { status: to });
    if (status === 'IN PROGRESS') return step(oneIn(15) ? 'REJECTED' : 'COMPLETED');
    if (status === 'SUBMITTED') return step(oneIn(10) ? 'REJECTED' : 'IN PROGRESS');
    if (oneIn(12)) return write(by, 'DELETE', order);
    if (items.length === 0 || oneIn(2)) {
        return write(by, 'PATCH', order, { items: changed(items) });
    }
    return write(by, 'PATCH', order, { status: 'SUBMITTED' });
}

async function live(ordersMost, pauseMs) {
    await readMenu();
    await takeOver();
    for (;;) {
        const mayPlace = placed < ordersMost && open.length < openMost;
        if (!mayPlace && open.length === 0) return;
        if (mayPlace && (open.length === 0 || oneIn(4))) await place();
        else await advance(anyOf(open));
        ++changes;
        if (pauseMs) await pause(pauseMs * (0.5 + Math.random()));
    }
}

function leave(message, code) {
    console.error(`guests: ${message}`);
    process.exit(code);
}

const [option, count, ...rest] = process.argv.slice(2);
const isOnce = option === '--once' && Number(count) >= 1 && rest.length === 0;
if (option !== undefined && !isOnce) leave('usage: node guests.mjs [--once ORDERS]', 2);
try {
    await (isOnce ? live(Number(count), 0) : live(Infinity, 500));
    leave(`${placed} orders have come and gone, in ${changes} changes`, 0);
} catch (error) {
    leave(error.message, 1);
}
