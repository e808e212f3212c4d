// What people do to orders: each press of a button is one write, meant for what the page shows.
//
// Freshet decides whether it may be, and says why not. If-Match names the state that is meant, so
// of two who press the same button, one succeeds, and the other is told.
import { stateOf, titleOf } from './words.js';

const items = '/tables/orders/items';

// Why something was not done, in words for people.
export class Refusal extends Error {}

const noAnswer = 'There is no answer from the shop. Try again in a moment.';

// Whether an answer says that something was not done: after any other, it may have been.
const isRefusal = (status) => status >= 400 && status < 500 && ![408, 429].includes(status);

// The names of an object have no order.
const inOrder = (name, value) => (value?.constructor === Object ?
    Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value);

const isSame = (a, b) => JSON.stringify(a, inOrder) === JSON.stringify(b, inOrder);

// Whether an order is still what is shown of it, which may be less than all.
const isAsShown = (shown, now) =>
    Object.keys(shown).every((name) => isSame(shown[name], now[name]));

function overtaken(shown, now) {
    const order = `Order ${titleOf(shown.id)}`;
    if (!now) return new Refusal(`${order} is not there any more: it was canceled.`);
    if (now.status === shown.status) {
        return new Refusal(`${order} was changed just now. Look at it again first.`);
    }
    const words = stateOf(now.status).words.toLowerCase();
    return new Refusal(`Somebody was faster. ${order}: ${words}.`);
}

function wordsOf({ status, title = status, detail = title, errors }) {
    if (!isRefusal(status)) return noAnswer;
    if (status === 403) return 'This is not yours to do.';
    if (status !== 422 || !errors) return `The shop does not do this: ${detail}.`;
    const faults = errors.map(({ pointer, detail: fault }) => `${pointer} ${fault}`);
    return `The shop does not take this: ${faults.join('; ')}.`;
}

export class Desk {
    // `view` shows an order to this visitor. `token` gives a token, and another one if that was
    // refused.
    constructor(view, token) {
        this.view = view;
        this.token = token;
    }

    // What may be ordered, as JSON Schema: {maxItems, items}.
    async menu() {
        if (!this.known) {
            const { ok, body } = await this.ask('GET', '/tables/orders');
            if (!ok) throw new Refusal(wordsOf(body));
            this.known = body.schema.properties.items;
        }
        return this.known;
    }

    // An order without pizzas. Returns its id.
    async make() {
        // The same name until an answer says what came of it: pressed again, it makes no second
        // order.
        const press = (this.press ??= `"${crypto.randomUUID()}"`);
        const { ok, status, body } = await this.ask('POST', items, { 'Idempotency-Key': press },
            { items: [] });
        if ((ok || isRefusal(status)) && this.press === press) this.press = null;
        if (!ok) throw new Refusal(wordsOf(body));
        return body.key.id;
    }

    // Changes some attributes of the order that is shown. Returns the position of the change.
    change(shown, attributes) {
        return this.write('PATCH', shown, attributes);
    }

    cancel(shown) {
        return this.write('DELETE', shown);
    }

    async write(method, shown, attributes) {
        const { now, tag } = await this.read(shown.id);
        if (!now || !isAsShown(shown, now)) throw overtaken(shown, now);
        const { ok, headers, body } = await this.ask(method,
            `${items}/${encodeURIComponent(shown.id)}`, { 'If-Match': tag }, attributes);
        if (ok) return Number(headers.get('Freshet-Position'));
        throw await this.refusalOf(body, shown, attributes);
    }

    async refusalOf(problem, shown, attributes) {
        if (![404, 409, 412].includes(problem.status)) return new Refusal(wordsOf(problem));
        const { now } = await this.read(shown.id);
        if (!now || !isAsShown(shown, now)) return overtaken(shown, now);
        if (attributes?.status === 'SUBMITTED' && !now.numItems) {
            return new Refusal(`There is no pizza in order ${titleOf(shown.id)} yet.`);
        }
        return new Refusal(wordsOf(problem));
    }

    async read(id) {
        const { ok, headers, body } = await this.ask('GET',
            `/views/${this.view}/${encodeURIComponent(id)}`);
        if (ok) return { now: body, tag: headers.get('ETag') };
        if (body.status === 404) return {};
        throw new Refusal(wordsOf(body));
    }

    // {ok, status, headers, body}, whatever the answer is.
    async ask(method, path, headers = {}, content = undefined) {
        for (let isRefused = false; ; isRefused = true) {
            const token = await this.token(isRefused).catch(({ message }) => {
                throw new Refusal(`This was not done: ${message}.`);
            });
            const answer = await fetch(path, {
                method,
                headers: {
                    Authorization: `Bearer ${token}`,
                    'Content-Type': 'application/json',
                    ...headers,
                },
                body: content && JSON.stringify(content),
                signal: AbortSignal.timeout(10_000),
            }).catch(() => {
                throw new Refusal(noAnswer);
            });
            if (answer.status === 401 && !isRefused) continue;
            const { ok, status, headers: about } = answer;
            const body = await answer.json().catch(() => {
                if (ok && status !== 204) throw new Refusal(noAnswer); // some of it got lost
                return { status };
            });
            return { ok, status, headers: about, body };
        }
    }
}

// ---- saying what went wrong ----

const toldMs = 10_000;
let timer;

export function tell(text) {
    const told = document.getElementById('told');
    told.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => { told.textContent = ''; }, toldMs);
}

// Tells why, if it is not done. Returns whether it is, and throws nothing.
export async function attempt(action) {
    try {
        await action();
        tell('');
        return true;
    } catch (error) {
        if (error instanceof Refusal) {
            tell(error.message);
        } else {
            reportError(error);
            tell('Something is wrong with this page. Load it again.');
        }
        return false;
    }
}
