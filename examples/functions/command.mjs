// Runs a Lambda handler as it is, in a process of Freshet: command = ["node", "command.mjs", HANDLER]
// Each line of stdin is an event. What the handler returns, or throws, is a line on descriptor 3.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [, , file] = process.argv;
const timeMs = Number(process.env.TIMEOUT_MS ?? 30_000);
const module = await import(pathToFileURL(resolve(file)));
const handler = module.handler ?? module.default?.handler ?? module.default;

// Of a handler that returns a promise or a value, or has a third argument to call back.
const call = (event, context) => new Promise((done, fail) => {
    const callback = (error, value) => (error ? fail(error) : done(value));
    const result = handler(event, context, callback);
    if (handler.length < 3 || typeof result?.then === 'function') done(result);
});

// A pipe takes a part of a long line at a time.
const answer = (value) => {
    let rest = Buffer.from(`${JSON.stringify(value ?? null)}\n`);
    while (rest.length > 0) rest = rest.subarray(writeSync(3, rest));
};

for await (const line of createInterface({ input: process.stdin })) {
    const deadline = Date.now() + timeMs;
    const getRemainingTimeInMillis = () => Math.max(0, deadline - Date.now());
    const context = { awsRequestId: randomUUID(), functionName: file, getRemainingTimeInMillis };
    try {
        answer(await call(JSON.parse(line), context));
    } catch (error) {
        console.error(error);
        answer({ errorType: error?.name ?? 'Error', errorMessage: error?.message ?? `${error}` });
    }
}
