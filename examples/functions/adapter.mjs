// Runs a Lambda handler as it is, behind HTTP: node adapter.mjs ./handler.mjs PORT
// What it returns is answered as JSON. What it throws is a 500, so that the event is sent again.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , file, port] = process.argv;
const timeMs = Number(process.env.TIMEOUT_MS ?? 30_000);
const module = await import(pathToFileURL(resolve(file)));
const handler = module.handler ?? module.default?.handler ?? module.default;

// Of a handler that returns a promise or a value, or has a third argument to call back.
const call = (event, context) => new Promise((done, fail) => {
    const callback = (error, value) => (error ? fail(error) : done(value));
    const result = handler(event, context, callback);
    if (handler.length < 3 || typeof result?.then === 'function') done(result);
});

const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const deadline = Date.now() + timeMs;
    const getRemainingTimeInMillis = () => Math.max(0, deadline - Date.now());
    const context = { awsRequestId: randomUUID(), functionName: file, getRemainingTimeInMillis };
    response.setHeader('Content-Type', 'application/json');
    try {
        const parts = [];
        for await (const part of request) parts.push(part);
        const value = await call(JSON.parse(Buffer.concat(parts)), context);
        response.end(JSON.stringify(value ?? null));
    } catch (error) {
        console.error(error);
        const [errorType, errorMessage] = [error?.name ?? 'Error', error?.message ?? `${error}`];
        response.writeHead(500).end(JSON.stringify({ errorType, errorMessage }));
    }
});
server.listen(Number(port), '127.0.0.1', () => console.log('listening on', server.address().port));
