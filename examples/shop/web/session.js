// The sign-in service, which is on the port after the page's. It keeps a session for each role of a
// browser, in a cookie, so tabs of one role are signed in together.

const service = new URL(location.origin);
service.port = Number(location.port) + 1;

const tabs = new BroadcastChannel('shop');

// What the service answered in place of what was asked for; status 0: nothing.
export class Refused extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

async function ask(path, body) {
    const answer = await fetch(new URL(path, service), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        credentials: 'include',
        body: JSON.stringify(body),
    }).catch(() => {
        throw new Refused(0, `no answer from the sign-in service (${service.host})`);
    });
    if (answer.status === 204) return null;
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, said.error ?? `status ${answer.status}`);
    return said;
}

// {name, role}.
export async function signIn(name, password) {
    const user = await ask('/sign-in', { name, password });
    tellOthers(user.role);
    return user;
}

// {name, role, token}, while somebody of that role is signed in.
export const askToken = (role) => ask('/tokens', { role });

export async function signOut(role) {
    await ask('/sign-out', { role });
    tellOthers(role);
}

// That the session of this role is another one, or none.
export const tellOthers = (role) => tabs.postMessage({ role });

// Calls `fn` when another tab tells so.
export function onChange(fn) {
    tabs.onmessage = ({ data }) => fn(data.role);
}
