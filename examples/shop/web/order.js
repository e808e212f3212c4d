// One order in detail: how far it has come, what is in it, and what its visitor may do with it.
import { attempt } from './desk.js';
import { element, isPress, setButtons, setLines, setText, setTrack } from './draw.js';
import { Editor } from './editor.js';
import {
    isEditable, momentOf, nameOf, pizzaOf, pizzasOf, pressesOf, stateOf, stepNames, titleOf,
} from './words.js';

// Of a visit: {role, freshet, desk}. Returns what ends it.
export function showOrder({ role, freshet, desk }, id, onRefused) {
    const page = element('order');
    const [found, track, steps, lines, form] = ['.found', '.track', '.steps', '.pizzas', '.editor']
        .map((name) => page.querySelector(name));
    const view = freshet.view(`${desk.view}/${encodeURIComponent(id)}`);
    let editor = null;
    let formed = null; // {items}: the pizzas that the form was drawn from, or has saved since
    let isLeft = false;
    setText(page.querySelector('h1'), `Order ${titleOf(id)}`);
    setText(page.querySelector('.facts'), 'Looking it up…');
    setLines(track, stepNames);

    // ---- what is shown ----

    function draw(order) {
        if (view.error) onRefused(view.error);
        found.hidden = !order;
        if (order === null) {
            setText(page.querySelector('.facts'), 'There is no such order, or it was canceled.');
        }
        if (!order) return;
        const { step, words } = stateOf(order.status);
        page.dataset.status = order.status;
        setText(page.querySelector('.facts'), [order.creator && nameOf(order.creator),
            momentOf(order.createdAt), pizzasOf(order.numItems)].filter(Boolean).join(' · '));
        setText(page.querySelector('.status'), words);
        setTrack(track, step);
        setButtons(steps, pressesOf(role, order.status), titleOf(id));
        drawPizzas(order);
    }

    function drawPizzas({ items = [], status }) {
        form.hidden = !editor || !isEditable(status);
        lines.hidden = !form.hidden;
        const pizzas = items.map(pizzaOf);
        setLines(lines, pizzas.length ? pizzas : ['None yet']);
        // What somebody has chosen stays, until it is saved or refused.
        if (editor && (!waiting || !formed)) {
            editor.draw(items);
            formed = { items };
        }
    }

    // ---- what is done, one thing after the other ----

    let waiting = 0;
    let refusals = 0;
    let last = Promise.resolve();

    function inTurn(action) {
        const before = refusals;
        ++waiting;
        last = last.then(async () => {
            // After a refusal the page shows something else than what this was meant for.
            if (isLeft || !view.value || refusals > before) return;
            if (await attempt(() => action({ ...view.value, ...formed }))) return;
            ++refusals;
            formed = null;
        }).finally(() => {
            --waiting;
            if (!isLeft && view.value) draw(view.value);
        }).catch(reportError);
    }

    // The next one is meant for what this one leads to, so the page has to show that before.
    const isShown = (position) => view.at(position).catch(() => {});

    function save() {
        inTurn(async (order) => {
            if (editor.says(order.items)) return; // an earlier one has saved it, too
            const items = editor.pizzas();
            const position = await desk.change(order, { items });
            formed = { items };
            await isShown(position);
        });
    }

    function press(event) {
        const { to } = event.target.dataset;
        if (!to || !isPress(event)) return;
        const { status } = view.value;
        inTurn(async (order) => {
            if (order.status !== status) return; // the button is gone
            if (to === 'CANCELED') {
                await desk.cancel(order);
                if (!isLeft) location.hash = '';
            } else {
                await isShown(await desk.change(order, { status: to }));
            }
        });
    }

    if (role === 'customer') {
        attempt(async () => {
            const menu = await desk.menu();
            if (isLeft) return;
            editor = new Editor(form, menu, save);
            if (view.value) draw(view.value);
        });
    }
    steps.onclick = press;
    const stop = view.subscribe(draw);
    return () => {
        isLeft = true;
        stop();
        found.hidden = true;
        form.hidden = true;
        delete page.dataset.status;
    };
}
