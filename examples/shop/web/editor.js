// The pizzas of an order, as a form. The choices are those of the menu, which Freshet knows as the
// schema of an order.
import { element, setText } from './draw.js';

const choices = ['size', 'crust', 'sauce'];

// Toppings have no order.
const factsOf = ({ toppings = [], ...pizza }) =>
    [...choices.map((name) => pizza[name]), ...[...toppings].sort()];

export class Editor {
    // `menu` as Desk.menu() has it; `onChange` is called when somebody has changed something.
    constructor(form, { maxItems, items: { properties } }, onChange) {
        this.list = form.querySelector('ol');
        this.add = form.querySelector('.add');
        this.most = maxItems;
        this.blank = element('pizza').content.firstElementChild.cloneNode(true);
        for (const name of choices) {
            const select = this.blank.querySelector(`[name=${name}]`);
            select.append(...properties[name].enum.map((value) => new Option(value)));
        }
        this.toppingsMost = properties.toppings.maxItems;
        const toppings = this.blank.querySelector('.toppings');
        toppings.append(...properties.toppings.items.enum.map((value) => {
            const label = document.createElement('label');
            const box = Object.assign(document.createElement('input'), { type: 'checkbox', value });
            label.append(box, ` ${value}`);
            return label;
        }));

        form.onsubmit = (event) => event.preventDefault();
        form.onchange = ({ target }) => {
            this.limit(target.closest('li'));
            onChange();
        };
        form.onclick = ({ target }) => {
            if (target === this.add) {
                this.resize(this.list.children.length + 1);
                this.list.lastElementChild.querySelector('select').focus();
            } else if (target.classList.contains('remove')) {
                target.closest('li').remove();
                this.resize(this.list.children.length);
                this.add.focus();
            } else {
                return;
            }
            onChange();
        };
    }

    // What the form says.
    pizzas() {
        return [...this.list.children].map((line) => ({
            ...Object.fromEntries(choices.map((name) =>
                [name, line.querySelector(`[name=${name}]`).value])),
            toppings: [...line.querySelectorAll('[type=checkbox]:checked')]
                .map(({ value }) => value),
        }));
    }

    says(pizzas = []) {
        return JSON.stringify(this.pizzas().map(factsOf)) === JSON.stringify(pizzas.map(factsOf));
    }

    draw(pizzas = []) {
        this.resize(pizzas.length);
        pizzas.forEach((pizza, i) => {
            const line = this.list.children[i];
            for (const name of choices) line.querySelector(`[name=${name}]`).value = pizza[name];
            for (const box of line.querySelectorAll('[type=checkbox]')) {
                box.checked = pizza.toppings?.includes(box.value) ?? false;
            }
            this.limit(line);
        });
    }

    // To as many toppings as a pizza may have.
    limit(line) {
        const boxes = [...line.querySelectorAll('[type=checkbox]')];
        const isFull = boxes.filter(({ checked }) => checked).length >= this.toppingsMost;
        for (const box of boxes) box.disabled = isFull && !box.checked;
    }

    resize(count) {
        while (this.list.children.length > count) this.list.lastElementChild.remove();
        while (this.list.children.length < count) this.list.append(this.blank.cloneNode(true));
        [...this.list.children].forEach((line, i) => {
            setText(line.querySelector('legend'), `Pizza ${i + 1}`);
            const remove = line.querySelector('.remove');
            remove.setAttribute('aria-label', `Remove pizza ${i + 1}`);
            remove.disabled = count === 1; // an order that was sent has one
        });
        this.add.disabled = count >= this.most;
    }
}
