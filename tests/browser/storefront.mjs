// Two browsers at the storefront, a customer's and one of the staff's: node storefront.mjs URL
//
// Standard error gets a line when the pages have come so far: `watching`, `heard 1`, `heard 2`,
// `renewed` (the first cookies have ended, and both pages are live again; then the customer's
// browser loses its cookie), `heard 3`. Standard output gets what is on the screens at the end, as
// JSON. What does not come in time ends this with an error.
import { chromium } from 'playwright-core';

const [url] = process.argv.slice(2);
const cookieName = '__Secure-freshet';
const patienceMs = 55_000;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
const say = (what) => console.error(`[${what}]`);

class Visitor {
    standIns = 0; // answers that a proxy gave in the place of the server
    closed = 0;   // answers at which the browser closed the page's EventSource

    async arrive(name, password) {
        this.context = await browser.newContext({ ignoreHTTPSErrors: true });
        this.page = await this.context.newPage();
        this.page.setDefaultTimeout(patienceMs);
        this.page.on('response', (response) => {
            const path = new URL(response.url()).pathname;
            if (path !== '/events') return;
            if (response.status() !== 200) ++this.closed;
            // The server's own say more than that.
            else if (response.headers()['cache-control'] === 'no-store') ++this.standIns;
        });
        await this.page.goto(url);
        await this.page.fill('[name=name]', name);
        await this.page.fill('[name=password]', password);
        await this.page.click('#sign-in button');
        await this.isLive();
    }

    async isLive() {
        await this.page.waitForFunction(() => document.getElementById('state').textContent === 'live');
    }

    async hasHeard(count) {
        await this.page.waitForFunction(
            (least) => document.querySelectorAll('#events li').length >= least, count);
    }

    // In milliseconds since 1970; 0 if there is no cookie.
    async cookieEnd() {
        const cookies = await this.context.cookies();
        return (cookies.find(({ name }) => name === cookieName)?.expires ?? 0) * 1_000;
    }

    // Once the first cookie has ended and the stream with it.
    async hasRenewed(firstEnd) {
        while (Date.now() < firstEnd + 1_000 || (await this.cookieEnd()) <= firstEnd) {
            await this.page.waitForTimeout(100);
        }
        await this.isLive();
    }

    async screen() {
        const shown = await this.page.evaluate(() => ({
            events: [...document.querySelectorAll('#events li')].map((line) =>
                ({ id: line.dataset.id, text: line.textContent })),
            orders: [...document.querySelectorAll('#orders tr')].map((row) =>
                [...row.cells].map((cell) => cell.textContent).join('|')),
        }));
        return { ...shown, standIns: this.standIns, closed: this.closed };
    }
}

const ada = new Visitor();
const sam = new Visitor();
await ada.arrive('ada', 'pesto');
await sam.arrive('sam', 'oven');
const [adaEnd, samEnd] = [await ada.cookieEnd(), await sam.cookieEnd()];
say('watching');

// Of each round, three events are about orders of Ada's and one is about somebody else's.
for (const round of [1, 2, 3]) {
    await ada.hasHeard(3 * round);
    await sam.hasHeard(4 * round);
    say(`heard ${round}`);
    if (round !== 2) continue;
    await Promise.all([ada.hasRenewed(adaEnd), sam.hasRenewed(samEnd)]);
    await ada.context.clearCookies({ name: cookieName });
    say('renewed');
}

console.log(JSON.stringify({ ada: await ada.screen(), sam: await sam.screen() }));
await browser.close();
