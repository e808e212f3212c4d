// What the shop calls things.

const steps = [
    { status: 'WAITING ON CUSTOMER', column: 'waiting', words: 'Still choosing' },
    { status: 'SUBMITTED', column: 'submitted', words: 'Sent to the kitchen' },
    { status: 'IN PROGRESS', column: 'oven', words: 'In the oven' },
    { status: 'COMPLETED', column: 'finished', words: 'Ready' },
];
const rejected = { status: 'REJECTED', column: 'finished', words: 'Could not be made' };

export const stepNames = steps.map(({ words }) => words);
export const statuses = [...steps, rejected].map(({ status }) => status);

// {column, words, step}; a status that is none of ours is shown as it is.
export function stateOf(status) {
    const step = steps.findIndex((one) => one.status === status);
    if (step >= 0) return { ...steps[step], step };
    if (status === rejected.status) return { ...rejected, step: -1 };
    return { column: 'waiting', words: status ?? '', step: -1 };
}

// What each role may do with an order of a status: where the buttons lead that it is shown with.
const presses = {
    customer: {
        'WAITING ON CUSTOMER': ['SUBMITTED', 'CANCELED'],
        SUBMITTED: ['CANCELED'],
    },
    staff: {
        SUBMITTED: ['IN PROGRESS', 'REJECTED'],
        'IN PROGRESS': ['COMPLETED', 'REJECTED'],
    },
};

export const pressesOf = (role, status) => presses[role][status] ?? [];

// Until the oven has it, as `[[table.editable]]` says.
export const isEditable = (status) => ['WAITING ON CUSTOMER', 'SUBMITTED'].includes(status);

// An id begins with its time, which those of one hour share, and ends by chance.
export const titleOf = (id) => id.slice(-4).toUpperCase();

export const nameOf = (user = 'somebody') => user.slice(0, 1).toUpperCase() + user.slice(1);

export const pizzasOf = (count) => (count === 1 ? '1 pizza' : `${count ?? 0} pizzas`);

const clock = new Intl.DateTimeFormat([], { timeStyle: 'short' });
const exactClock = new Intl.DateTimeFormat([], { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'short' });

export const timeOf = (date) => exactClock.format(date);

// Today's without the day.
export function momentOf(text) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) return '';
    const isToday = date.toDateString() === new Date().toDateString();
    return (isToday ? clock : calendar).format(date);
}

export function pizzaOf({ size, crust, sauce, toppings }) {
    const more = toppings?.length ? `, ${toppings.join(', ')}` : '';
    return `${nameOf(size ?? 'one')}, ${crust}, ${sauce}${more}`;
}
