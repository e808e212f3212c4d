// Who is here and what they see.
//
//     #            the customer's orders        #order/ID   one of them
//     #board       the staff's board            #board/ID   one order
//
// A tab has the role of its address, and each role of a browser its own session.
import { connect } from '/freshet.js';
import { showBoard } from './board.js';
import { showConnection } from './connection.js';
import { attempt, Desk } from './desk.js';
import { element, setText } from './draw.js';
import { showOrder } from './order.js';
import { showOrders, speak } from './orders.js';
import * as session from './session.js';
import { nameOf } from './words.js';

const againMs = 3_000;
const pages = ['sign-in', 'orders', 'order', 'board'];
const homes = { customer: '#', staff: '#board' };
const greetings = { customer: 'Sign in to see your orders', staff: 'Sign in for the board' };

let visit = null;   // of who is signed in: {role, freshet, desk, stops, stopOrder}
let attempts = 0;   // to begin one, of which only the newest counts

// ---- what is on the screen ----

// The role and the order that the address names; one that is not understood means the first page.
function address() {
    const [, area, id] = /^#(board|order)(?:\/(.+))?$/.exec(location.hash) ?? [];
    const role = area === 'board' ? 'staff' : 'customer';
    try {
        return { role, id: id && decodeURIComponent(id) };
    } catch {
        return { role };
    }
}

function show(name) {
    const before = pages.find((page) => !element(page).hidden);
    for (const page of pages) element(page).hidden = page !== name;
    document.body.dataset.page = name ?? '';
    if (!name || before === name) return;
    // The first page does not take the focus from the address bar.
    if (before) element(name).querySelector('h1').focus();
    scrollTo(0, 0);
}

function notice(text = '') {
    element('notice').hidden = !text;
    setText(element('notice'), text);
}

function showSignIn(role) {
    setText(element('sign-in').querySelector('h1'), greetings[role]);
    for (const hint of document.querySelectorAll('[data-for]')) {
        hint.hidden = hint.dataset.for !== role;
    }
    setText(element('refused'), '');
    show('sign-in');
    element('sign-in').querySelector('input').focus();
}

function showPage() {
    const { role, id } = address();
    visit.stopOrder?.();
    visit.stopOrder = id && showOrder(visit, id, refuse);
    element('order').querySelector('.back').href = homes[role];
    if (id) show('order');
    else show(role === 'staff' ? 'board' : 'orders');
}

// ---- coming and leaving ----

// The first token is at hand; each later one is asked for when the client needs it. When the
// session is over, so is the visit, in all tabs.
function credential({ role, token }) {
    let first = token;
    let end = null;
    return async () => {
        if (end) throw end;
        if (first) {
            const now = first;
            first = null;
            return now;
        }
        try {
            return (await session.askToken(role)).token;
        } catch (error) {
            if (error.status === 401) {
                end = error;
                session.tellOthers(role);
                enter();
            }
            throw error;
        }
    };
}

// What the desk shows for its writes: the client of another tab may be the one that is asked for
// tokens, so this is asked for apart.
function deskToken(user) {
    let { token } = user;
    return async (isRefused) => {
        if (isRefused) ({ token } = await session.askToken(user.role));
        return token;
    };
}

// Begins a visit in the role of the address, if somebody of that role is signed in.
async function enter() {
    const attempt = ++attempts;
    const { role } = address();
    leave();
    element('home').href = homes[role];
    try {
        const user = await session.askToken(role);
        if (attempt !== attempts) return;
        notice();
        begin(user);
    } catch (error) {
        if (attempt !== attempts) return;
        if (error.status === 401) {
            notice();
            showSignIn(role);
        } else {
            show(null);
            notice(`The shop cannot be reached: ${error.message}. Trying again…`);
            setTimeout(() => attempt === attempts && enter(), againMs);
        }
    }
}

function begin(user) {
    const { name, role } = user;
    const freshet = connect('/', { key: `${role} ${name}`, token: credential(user) });
    const desk = new Desk(role === 'staff' ? 'admin-order' : 'order', deskToken(user));
    visit = { role, freshet, desk, stops: [showConnection(freshet)] };
    if (role === 'staff') visit.stops.push(showBoard(visit, refuse));
    else visit.stops.push(showOrders(freshet, refuse), speak(freshet));
    setText(element('who'), nameOf(name));
    element('visitor').hidden = false;
    showPage();
}

function leave() {
    if (!visit) return;
    visit.stopOrder?.();
    for (const stop of visit.stops) stop();
    visit.freshet.close();
    visit = null;
    element('visitor').hidden = true;
}

function refuse({ status, detail, message }) {
    notice(`The shop does not show this: ${detail ?? message} (${status}).`);
}

// ---- what people do ----

element('sign-in').querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const { elements: { name, password } } = event.target;
    try {
        const { role } = await session.signIn(name.value.trim(), password.value);
        event.target.reset();
        // To where this role is at home, be it here or elsewhere.
        if (role !== address().role) location.hash = homes[role];
        else enter();
    } catch (error) {
        setText(element('refused'), `Not signed in: ${error.message}.`);
        password.select();
    }
});

element('sign-out').addEventListener('click', async () => {
    try {
        await session.signOut(address().role);
        enter();
    } catch (error) {
        notice(`You are still signed in: ${error.message}. Try again.`);
    }
});

element('new-order').addEventListener('click', () => attempt(async () => {
    const { desk } = visit;
    const id = await desk.make();
    if (visit?.desk === desk) location.hash = `#order/${encodeURIComponent(id)}`;
}));

addEventListener('hashchange', () => {
    if (visit?.role === address().role) showPage();
    else enter();
});

session.onChange((role) => {
    if (role === address().role) enter();
});

document.addEventListener('animationend', ({ target }) => target.removeAttribute('data-fresh'));

enter();
