// One order in detail: how far it has come, and what is in it.
import { element, setLines, setText, setTrack } from './draw.js';
import { momentOf, nameOf, pizzaOf, pizzasOf, stateOf, stepNames, titleOf } from './words.js';

// `name` is that of the view that the caller may read. Returns what ends it.
export function showOrder(freshet, name, id, onRefused) {
    const page = element('order');
    const found = page.querySelector('.found');
    const track = page.querySelector('.track');
    const view = freshet.view(`${name}/${encodeURIComponent(id)}`);
    setText(page.querySelector('h1'), `Order ${titleOf(id)}`);
    setText(page.querySelector('.facts'), 'Looking it up…');
    setLines(track, stepNames);

    const stop = view.subscribe((order) => {
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
        const pizzas = (order.items ?? []).map(pizzaOf);
        setLines(page.querySelector('.pizzas'), pizzas.length ? pizzas : ['None yet']);
    });
    return () => {
        stop();
        found.hidden = true;
        delete page.dataset.status;
    };
}
