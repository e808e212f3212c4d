// The staff's board: an order stands in the column of its status, and glides to the next one when
// somebody presses a button.
import { attempt } from './desk.js';
import { Cards, element, isPress, setButtons, setText } from './draw.js';
import { momentOf, nameOf, pizzasOf, pressesOf, stateOf, statuses, titleOf } from './words.js';

const finishedShown = 8;
const newsShown = 8;

function fill(card, { id, createdAt, creator, numItems, status }) {
    const { words } = stateOf(status);
    card.querySelector('a').href = `#board/${encodeURIComponent(id)}`;
    setText(card.querySelector('.title'), titleOf(id));
    setText(card.querySelector('.customer'), nameOf(creator));
    setText(card.querySelector('.facts'), `${pizzasOf(numItems)} · ${momentOf(createdAt)}`);
    setText(card.querySelector('.status'), words);
    setButtons(card.querySelector('.steps'), pressesOf('staff', status), titleOf(id));
}

const columns = () => [...element('board').querySelectorAll('[data-column]')];

// Of a visit: {freshet, desk}. Returns what ends it. `onRefused` is told why the board may not be
// read.
export function showBoard({ freshet, desk }, onRefused) {
    const cards = new Cards(element('card'), fill);
    const open = freshet.view('open-orders?limit=100');
    const finished = freshet.view(`finished-orders?limit=${finishedShown}`);
    const totals = statuses.map((status) =>
        [status, freshet.view(`orders-by-status/${encodeURIComponent(status)}`)]);

    // The views of one moment are all there before the first subscriber is called.
    function draw() {
        const refused = open.error ?? finished.error;
        if (refused) onRefused(refused);
        if (!open.value || !finished.value) return;
        const orders = [...open.value, ...finished.value];
        cards.draw(columns().map((column) => [column.querySelector('ol'),
            orders.filter(({ status }) => stateOf(status).column === column.dataset.column)]));
    }

    function count() {
        for (const column of columns()) {
            const counts = totals.filter(([status]) =>
                stateOf(status).column === column.dataset.column).map(([, view]) => view.value);
            if (counts.includes(undefined)) continue;
            const sum = counts.reduce((all, group) => all + group.count, 0);
            setText(column.querySelector('.count'), String(sum));
        }
    }

    const pressed = new Set(); // orders whose button waits for its answer

    async function press(event) {
        const { to } = event.target.dataset;
        if (!to || !isPress(event)) return;
        const order = cards.item(event.target.closest('.card').dataset.id);
        if (pressed.has(order.id)) return;
        pressed.add(order.id);
        await attempt(() => desk.change(order, { status: to })).finally(() => {
            pressed.delete(order.id);
        });
    }

    element('board').onclick = press;
    const stops = [
        open.subscribe(draw),
        finished.subscribe(draw),
        ...totals.map(([, view]) => view.subscribe(count)),
        showNews(freshet),
    ];
    return () => {
        for (const stop of stops) stop();
        cards.clear();
        for (const column of columns()) column.querySelector('.count').textContent = '';
    };
}

function wordsOf(type, { creator, id, status }) {
    const order = `${nameOf(creator)}’s order ${titleOf(id)}`;
    if (type === 'new-order') return `${nameOf(creator)} began order ${titleOf(id)}`;
    if (type === 'order-canceled') return `${order} was canceled`;
    return `${order}: ${stateOf(status).words.toLowerCase()}`;
}

// Events, the latest first: each is told once, those of an outage too.
function showNews(freshet) {
    const list = element('board').querySelector('.news');
    const stop = freshet.on({ type: ['new-order', 'order-status-updated', 'order-canceled'] },
        (data, { id, type }) => {
            const line = document.createElement('li');
            line.dataset.id = id;
            line.dataset.order = data.id;
            line.dataset.type = type;
            line.textContent = wordsOf(type, data);
            if (data.at) {
                const time = document.createElement('time');
                time.dateTime = data.at;
                time.textContent = momentOf(data.at);
                line.prepend(time, ' ');
            }
            list.prepend(line);
            while (list.children.length > newsShown) list.lastElementChild.remove();
        });
    return () => {
        stop();
        list.replaceChildren();
    };
}
