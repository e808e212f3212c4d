// The customer's page: her orders, newest first, each with the steps that it has come.
import { Cards, element, setText, setTrack } from './draw.js';
import { momentOf, pizzasOf, stateOf, titleOf } from './words.js';

function fill(row, { id, createdAt, numItems, status }) {
    const { step, words } = stateOf(status);
    row.querySelector('a').href = `#order/${encodeURIComponent(id)}`;
    setText(row.querySelector('.title'), titleOf(id));
    setText(row.querySelector('.facts'), `${momentOf(createdAt)} · ${pizzasOf(numItems)}`);
    setText(row.querySelector('.status'), words);
    setTrack(row.querySelector('.track'), step);
}

// Returns what ends it. `onRefused` is told why the list may not be read.
export function showOrders(freshet, onRefused) {
    const page = element('orders');
    const rows = new Cards(element('row'), fill);
    const view = freshet.view('my-orders?me=1&limit=50');
    const stop = view.subscribe((orders) => {
        if (view.error) onRefused(view.error);
        if (!orders) return;
        rows.draw([[page.querySelector('ol'), orders]]);
        page.querySelector('.empty').hidden = orders.length > 0;
    });
    return () => {
        stop();
        rows.clear();
        page.querySelector('.empty').hidden = true;
    };
}

// Says aloud what becomes of her orders, for those who do not see the list.
export function speak(freshet) {
    const spoken = element('spoken');
    return freshet.on({ type: ['order-status-updated', 'order-canceled'] },
        ({ id, status }, { type }) => {
            if (element('orders').hidden) return;
            const words = type === 'order-canceled' ? 'canceled' : stateOf(status).words;
            setText(spoken, `Order ${titleOf(id)}: ${words}`);
        });
}
