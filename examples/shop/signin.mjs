// The sign-in service of the shop: knows the users, and asks Freshet for a token for each of them.
//
// A browser has a session here, in a cookie that scripts cannot read, and shows Freshet a token that
// lasts for a minute or two. The key that makes tokens never leaves this process. Customers and
// staff have a session each, so that one browser can show both.
//
//     POST /sign-in   {"name","password"}   begins a session: {"name","role"}
//     POST /tokens    {"role"}              a token, while it lasts: {"name","role","token","exp"}
//     POST /sign-out  {"role"}              ends it
//
// What goes wrong is {"error"}, in words for people.
//
// Settings: FRESHET_TOKEN, the key of this machine. FRESHET_URL, whose pages may ask. PORT, by
// default the one after Freshet's, where the page looks for it. TTL_S, the life of a token.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const freshet = new URL(process.env.FRESHET_URL ?? 'http://127.0.0.1:8080');
const port = Number(process.env.PORT ?? Number(freshet.port) + 1);
const lifeSeconds = Number(process.env.TTL_S ?? 90);
const machineKey = process.env.FRESHET_TOKEN;
const bodyMax = 1_000;
const sessionsMax = 10_000;

const customers = ['ada', 'ben', 'chloe', 'dmitri', 'emeka', 'fatima'];

// A shop of your own knows its users from elsewhere, and keeps no passwords but hashes of them.
const users = new Map([
    ...customers.map((name) => [name, { password: 'pesto', role: 'customer' }]),
    ['sam', { password: 'oven', role: 'staff' }],
]);

// What a token allows, of what the rules in freshet.toml allow its role.
const rights = {
    customer: ['read:order', 'read:my-orders', 'watch', 'write:orders'],
    staff: ['read:admin-order', 'read:open-orders', 'read:finished-orders',
        'read:orders-by-status', 'watch', 'write:orders'],
};

// The same server by its two names.
const origins = ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${freshet.port}`);

const sessions = new Map(); // by what is in the cookie; the end of this process ends them all

// An answer that is no success.
class Refusal extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

// ---- Freshet ----

async function tokenFor({ name, role }) {
    const answer = await fetch(new URL('/tokens', freshet), {
        method: 'POST',
        headers: { Authorization: `Bearer ${machineKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ sub: name, role, grants: rights[role], ttl_s: lifeSeconds }),
        signal: AbortSignal.timeout(5_000),
    }).catch((error) => {
        throw new Refusal(503, `no answer from Freshet: ${error.cause?.code ?? error.name}`);
    });
    if (answer.ok) return answer.json();
    const { detail, title } = await answer.json().catch(() => ({}));
    throw new Refusal(503, `Freshet gave no token: ${answer.status} ${detail ?? title ?? ''}`);
}

// ---- sessions ----

const cookieName = (role) => `shop-${role}`;

// Not `Secure`, as it travels inside of this machine only; behind TLS it has to be.
const cookie = (role, value, more = '') =>
    `${cookieName(role)}=${value}; Path=/; HttpOnly; SameSite=Strict${more}`;

function sessionOf(request, role) {
    if (!Object.hasOwn(rights, role)) throw new Refusal(400, 'expected the role customer or staff');
    const pattern = new RegExp(`(?:^|; )${cookieName(role)}=([0-9a-f]+)(?:;|$)`);
    const [, value] = pattern.exec(request.headers.cookie ?? '') ?? [];
    const user = sessions.get(value);
    return { value, user: user?.role === role ? user : undefined };
}

function isPassword(given, known) {
    const [a, b] = [Buffer.from(String(given)), Buffer.from(known)];
    return a.length === b.length && timingSafeEqual(a, b);
}

const actions = {
    async '/sign-in'(request, { name, password }) {
        const known = users.get(name);
        if (!known || !isPassword(password, known.password)) {
            throw new Refusal(401, 'wrong name or password');
        }
        const user = { name, role: known.role };
        const value = randomBytes(16).toString('hex');
        sessions.set(value, user);
        if (sessions.size > sessionsMax) sessions.delete(sessions.keys().next().value);
        return { status: 200, body: user, cookie: cookie(user.role, value) };
    },

    async '/tokens'(request, { role }) {
        const { user } = sessionOf(request, role);
        if (!user) throw new Refusal(401, 'not signed in');
        return { status: 200, body: { ...user, ...(await tokenFor(user)) } };
    },

    async '/sign-out'(request, { role }) {
        sessions.delete(sessionOf(request, role).value);
        return { status: 204, cookie: cookie(role, '', '; Max-Age=0') };
    },
};

// ---- HTTP ----

async function bodyOf(request) {
    let text = '';
    for await (const part of request) {
        if (text.length <= bodyMax) text += part;
    }
    if (text.length > bodyMax) throw new Refusal(413, `more than ${bodyMax} bytes`);
    try {
        return Object(JSON.parse(text));
    } catch {
        throw new Refusal(400, 'expected a JSON object');
    }
}

async function answerTo(request) {
    const { headers: { origin }, method, url } = request;
    if (origin && !origins.includes(origin)) {
        throw new Refusal(403, `pages of ${origin} may not ask here, only those of ${origins[0]}`);
    }
    if (!Object.hasOwn(actions, url)) throw new Refusal(404, 'nothing is here');
    if (method === 'OPTIONS') return { status: 204 };
    if (method !== 'POST') throw new Refusal(405, 'expected a POST');
    return actions[url](request, await bodyOf(request));
}

// A browser shows an answer only to the pages that are named in it.
function corsHeaders(origin) {
    if (!origins.includes(origin)) return {};
    return {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Allow-Headers': 'Content-Type',
        'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Max-Age': '600',
    };
}

const server = createServer(async (request, response) => {
    const { status, body, cookie: setCookie } = await answerTo(request).catch((error) => {
        if (!(error instanceof Refusal)) {
            console.error(error);
            return { status: 500, body: { error: 'something is wrong here, not with you' } };
        }
        if (error.status >= 500) console.error(`sign-in: ${error.message}`);
        return { status: error.status, body: { error: error.message } };
    });
    const text = body && JSON.stringify(body) + '\n';
    response.writeHead(status, {
        'Cache-Control': 'no-store',
        Vary: 'Origin',
        ...corsHeaders(request.headers.origin),
        ...(text && {
            'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text),
        }),
        ...(setCookie && { 'Set-Cookie': setCookie }),
    });
    response.end(text);
});

function leave(message) {
    console.error(`sign-in: ${message}`);
    process.exit(1);
}

if (!machineKey) leave('FRESHET_TOKEN is not set; the README says to what');
if (!(lifeSeconds >= 1)) leave(`TTL_S is ${process.env.TTL_S}, expected seconds`);
server.on('error', (error) => leave(`cannot listen on port ${port}: ${error.code}`));
server.listen(port, '127.0.0.1', () => console.error(`sign-in: http://127.0.0.1:${port}`));
