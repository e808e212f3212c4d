// The Lambda function between a DynamoDB stream and Freshet. It posts the event as it came and
// returns Freshet's `batchItemFailures`: the sequence number from which on Lambda is to send again,
// or none. Whatever else happens is thrown, so that Lambda sends the whole batch again, which is
// harmless: Freshet takes a record once, however often it comes.
//
//   FRESHET_URL    where Freshet is: https://freshet.example.com
//   FRESHET_TOKEN  the bearer token, if one is asked for; it is never logged

const marginMs = 2_000;     // of the function's own time, kept for saying what went wrong
const shortWaitMs = 5_000;  // what is waited for here; Lambda does any longer waiting

export async function handler(event, context) {
    const remaining = context.getRemainingTimeInMillis();
    const deadline = Date.now() + Math.max(remaining - marginMs, remaining / 2);
    const body = JSON.stringify(event);

    let answer = await post(body, deadline);
    if (answer.waitMs <= shortWaitMs && Date.now() + answer.waitMs < deadline) {
        await new Promise((wake) => setTimeout(wake, answer.waitMs));
        answer = await post(body, deadline);
    }
    if (answer.status !== 200) throw new Error(whyNot(answer));
    return { batchItemFailures: failuresOf(answer) };
}

// One try. `status` is 0 where no answer came; `waitMs` is there if another try may help soon: after
// a 503 with Retry-After, or a connection that broke, as one does that was kept while Lambda slept.
async function post(body, deadline) {
    const url = `${process.env.FRESHET_URL}`.replace(/\/+$/, '') + '/records?partial=true';
    const headers = { 'Content-Type': 'application/json', Prefer: 'return=minimal' };
    const token = process.env.FRESHET_TOKEN?.trim();
    if (token) headers.Authorization = `Bearer ${token}`;
    const signal = AbortSignal.timeout(Math.max(1, Math.floor(deadline - Date.now())));
    try {
        const got = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
        const retryAfter = got.headers.get('Retry-After');
        const waitMs = got.status === 503 ? Number.parseInt(retryAfter, 10) * 1_000 : NaN;
        return { status: got.status, text: await got.text(), retryAfter, waitMs };
    } catch (error) {
        // Only names and codes: the text of some errors quotes a header, and so the token.
        const text = error.name === 'TimeoutError' ? 'time-out' : (error.cause?.code ?? error.name);
        return { status: 0, text, waitMs: error.name === 'TimeoutError' ? NaN : 100 };
    }
}

function whyNot({ status, text, retryAfter }) {
    if (status === 0) return `no answer from Freshet: ${text}`;
    const problem = parsed(text);
    const faults = problem?.errors ? ` ${JSON.stringify(problem.errors).slice(0, 2_000)}` : '';
    const later = retryAfter ? ` (Retry-After: ${retryAfter})` : '';
    return `Freshet answered ${status}: ${problem?.detail ?? text.slice(0, 200)}${faults}${later}`;
}

// An answer that does not say what failed must not be taken for success of everything.
function failuresOf({ text }) {
    const receipt = parsed(text);
    if (!Array.isArray(receipt?.batchItemFailures)) {
        throw new Error(`Freshet answered 200 without batchItemFailures: ${text.slice(0, 200)}`);
    }
    const { batchItemFailures, errors, ...counts } = receipt;
    console.log(JSON.stringify(counts));
    if (batchItemFailures.length > 0) console.error(JSON.stringify({ batchItemFailures, errors }));
    return batchItemFailures;
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
