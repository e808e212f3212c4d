// The back end of the shop: signs users in, lends each browser a credential of Freshet's for a short
// time, and serves the page.
//
// The browser never holds the machine's key, and its scripts never see a token: Freshet's cookie
// passes from POST /session to the browser through here, since all of it is one origin.
//
//     POST /sign-in   {"name","password"}   a session here, and the first cookie
//     POST /renew                           another cookie, while the session lasts
//     POST /sign-out                        takes both away
//
// Settings: FRESHET_TOKEN, this machine's key. FRESHET_URL, PORT and TTL_S, the life of a cookie.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const freshet = process.env.FRESHET_URL ?? 'http://127.0.0.1:8080';
const port = Number(process.env.PORT ?? 3000);
const lifeSeconds = Number(process.env.TTL_S ?? 900);
const machineKey = process.env.FRESHET_TOKEN;
if (!machineKey) throw new Error('FRESHET_TOKEN is not set: the README says to what');

// Two of whom a shop of your own knows from elsewhere.
const users = {
    ada: { password: 'pesto', role: 'customer' },
    sam: { password: 'oven', role: 'staff' },
};
const rights = { customer: ['read:my-orders', 'watch'], staff: ['read:all-orders', 'watch'] };

const sessions = new Map(); // by the value of the cookie; the end of this process ends them all

const pages = {
    '/': ['index.html', 'text/html; charset=utf-8'],
    '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
};

// Freshet refused, or could not be asked.
class FreshetAway extends Error {}

async function askFreshet(path, options) {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(freshet + path, { ...options, signal }).catch((error) => {
        throw new FreshetAway(`no answer from Freshet: ${error.cause?.code ?? error.name}`);
    });
    if (!answer.ok) throw new FreshetAway(`Freshet answered ${answer.status} to ${path}`);
    return answer;
}

// A Set-Cookie that lets this user read and watch, and nothing more, for a while.
async function freshetCookie({ name, role }) {
    const vended = await askFreshet('/tokens', {
        method: 'POST',
        headers: { Authorization: `Bearer ${machineKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ sub: name, role, grants: rights[role], ttl_s: lifeSeconds }),
    });
    const { token } = await vended.json();
    const session = await askFreshet('/session', {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
    });
    return session.headers.get('set-cookie');
}

// Ends the browser's session at Freshet; without Freshet, at least the cookie goes. A write with a
// cookie says where it comes from, or Freshet would take it for another page's.
async function endFreshetSession(cookies) {
    const [pass] = /(?:^|; )__Secure-freshet=[^;]*/.exec(cookies) ?? [];
    if (!pass) return;
    try {
        await askFreshet('/session', {
            method: 'DELETE',
            headers: { cookie: pass.replace(/^; /, ''), origin: new URL(freshet).origin },
        });
    } catch (error) {
        console.error(`a session at Freshet did not end: ${error.message}`);
    }
}

function cookie(name, value, life) {
    const more = life === undefined ? '' : `; Max-Age=${life}`;
    return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Strict${more}`;
}

function sessionOf(request) {
    const [, value] = /(?:^|; )shop=([0-9a-f]+)(?:;|$)/.exec(request.headers.cookie ?? '') ?? [];
    return { value, user: sessions.get(value) };
}

async function jsonBody(request) {
    let text = '';
    for await (const part of request) {
        text += part;
        if (text.length > 1_000) throw new SyntaxError('a body that is too long');
    }
    return JSON.parse(text);
}

function isPassword(given, known) {
    const [a, b] = [Buffer.from(String(given)), Buffer.from(known)];
    return a.length === b.length && timingSafeEqual(a, b);
}

const whoIs = ({ name, role }) => JSON.stringify({ name, role }) + '\n';

const actions = {
    async '/sign-in'(request) {
        const { name, password } = (await jsonBody(request)) ?? {};
        const known = Object.hasOwn(users, name) ? users[name] : undefined;
        if (!known || !isPassword(password, known.password)) return { status: 401 };
        const user = { name, role: known.role };
        const pass = await freshetCookie(user);
        const value = randomBytes(16).toString('hex');
        sessions.set(value, user);
        return { status: 200, cookies: [cookie('shop', value), pass], body: whoIs(user) };
    },

    async '/renew'(request) {
        const { user } = sessionOf(request);
        if (!user) return { status: 401 };
        return { status: 200, cookies: [await freshetCookie(user)], body: whoIs(user) };
    },

    // Ends what the cookie has opened, in other windows, too.
    async '/sign-out'(request) {
        sessions.delete(sessionOf(request).value);
        await endFreshetSession(request.headers.cookie ?? '');
        return { status: 204, cookies: ['shop', '__Secure-freshet'].map((name) => cookie(name, '', 0)) };
    },
};

async function page(path) {
    if (!Object.hasOwn(pages, path)) return { status: 404 };
    const [file, type] = pages[path];
    return { status: 200, type, body: await readFile(new URL(`public/${file}`, import.meta.url)) };
}

async function answerTo(request) {
    const path = request.url.split('?')[0];
    if (request.method === 'GET') return page(path);
    if (request.method !== 'POST' || !Object.hasOwn(actions, path)) return { status: 404 };
    try {
        return await actions[path](request);
    } catch (error) {
        if (error instanceof SyntaxError) return { status: 400 };
        if (!(error instanceof FreshetAway)) throw error;
        console.error(error.message);
        return { status: 503 }; // the page tries again
    }
}

createServer(async (request, response) => {
    const answer = await answerTo(request).catch((error) => {
        console.error(error);
        return { status: 500 };
    });
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', answer.type ?? 'application/json');
    if (answer.cookies) response.setHeader('Set-Cookie', answer.cookies);
    response.writeHead(answer.status).end(answer.body);
}).listen(port, '127.0.0.1', () => console.error(`the shop is on port ${port}`));
