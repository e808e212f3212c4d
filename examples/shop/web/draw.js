// What changes a page as little as possible: an element stays with its item, is changed in place,
// and glides to where it belongs.

const prefersStill = matchMedia('(prefers-reduced-motion: reduce)');
const glideMs = 450;

export const element = (id) => document.getElementById(id);

// Only if it is another, so that nothing is read out twice.
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

// A list of lines, each one changed in place.
export function setLines(list, texts) {
    while (list.children.length > texts.length) list.lastElementChild.remove();
    texts.forEach((text, i) => {
        setText(list.children[i] ?? list.appendChild(document.createElement('li')), text);
    });
}

// The bars of a track; none are reached by an order that is rejected.
export function setTrack(track, step) {
    [...track.children].forEach((bar, i) => {
        bar.toggleAttribute('data-done', i <= step);
        if (i === step) bar.setAttribute('aria-current', 'step');
        else bar.removeAttribute('aria-current');
    });
}

// Shows those of the buttons that lead to one of these. The focus of one that goes does not move to
// another one, as a key that is pressed twice would press that.
export function setButtons(buttons, destinations, title) {
    const all = [...buttons.children];
    const focused = all.find((button) => button === document.activeElement);
    for (const button of all) {
        button.hidden = !destinations.includes(button.dataset.to);
        button.setAttribute('aria-label', `${button.textContent} order ${title}`);
    }
    if (focused?.hidden) buttons.closest('li, section').querySelector('a').focus();
}

// Whether a click on a button counts: the second one of a double click would be for what has come
// under it since. A key counts no clicks.
export const isPress = ({ detail }) => detail <= 1;

// The elements of items that have an `id`, in one list or several.
export class Cards {
    cards = new Map(); // by id: {element, item}
    isDrawn = false;   // what comes later is new

    // `fill` shows an item in its element.
    constructor(template, fill) {
        this.template = template.content.firstElementChild;
        this.fill = fill;
    }

    // Puts items into their lists: [[list, items], …].
    draw(lists) {
        const places = new Map();
        for (const [list, items] of lists) for (const { id } of items) places.set(id, list);
        const before = this.rects();
        let focused = document.activeElement;

        for (const [id, { element: gone }] of this.cards) {
            if (places.has(id)) continue;
            gone.remove();
            this.cards.delete(id);
        }
        for (const [list, items] of lists) {
            let at = list.firstElementChild;
            for (const item of items) {
                if (places.get(item.id) !== list) continue;
                while (at && places.get(at.dataset.id) !== list) at = at.nextElementSibling;
                const { element: card } = this.show(item);
                if (card.contains(document.activeElement)) focused = document.activeElement;
                if (card === at) at = at.nextElementSibling;
                else list.insertBefore(card, at);
            }
        }

        this.isDrawn = true;

        // An element that moves loses the focus.
        if (focused !== document.activeElement && focused?.isConnected) {
            focused.focus({ preventScroll: true });
        }
        this.glide(before);
    }

    item(id) {
        return this.cards.get(id)?.item;
    }

    clear() {
        for (const { element: gone } of this.cards.values()) gone.remove();
        this.cards.clear();
        this.isDrawn = false;
    }

    show(item) {
        let card = this.cards.get(item.id);
        if (!card) {
            card = { element: this.template.cloneNode(true) };
            card.element.dataset.id = item.id;
            card.element.toggleAttribute('data-fresh', this.isDrawn);
            this.cards.set(item.id, card);
        }
        // The client gives the same object while an item shows the same.
        if (card.item !== item) {
            const isChanged = card.item && card.item.status !== item.status;
            card.item = item;
            card.element.dataset.status = item.status;
            this.fill(card.element, item);
            if (isChanged) this.flash(card.element);
        }
        return card;
    }

    flash(card) {
        card.removeAttribute('data-fresh');
        void card.offsetWidth; // so that the animation begins again
        card.setAttribute('data-fresh', '');
    }

    rects() {
        if (prefersStill.matches || document.hidden) return new Map();
        return new Map([...this.cards.values()].map(({ element: card }) =>
            [card, card.getBoundingClientRect()]));
    }

    glide(before) {
        for (const [card, was] of before) {
            if (!card.isConnected || was.width === 0) continue;
            const now = card.getBoundingClientRect();
            const [x, y] = [was.left - now.left, was.top - now.top];
            if (!x && !y) continue;
            // Above the others on its way.
            card.animate([
                { transform: `translate(${x}px, ${y}px)`, zIndex: 1 },
                { transform: 'none', zIndex: 1 },
            ], { duration: glideMs, easing: 'cubic-bezier(.2, .7, .2, 1)' });
        }
    }
}
