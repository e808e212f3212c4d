// Calls the forwarder as Lambda would: node call_forwarder.mjs INDEX EVENT REMAINING_MS
//
// Standard output gets one line of JSON, {"returned":…} or {"thrown":"…"}; what the forwarder logs
// goes to standard error.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [index, eventFile, remaining] = process.argv.slice(2);
console.log = console.error;
const { handler } = await import(pathToFileURL(index));
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const context = { getRemainingTimeInMillis: () => Number(remaining) };
let outcome;
try {
    outcome = { returned: await handler(event, context) };
} catch (error) {
    outcome = { thrown: error.message };
}
process.stdout.write(JSON.stringify(outcome) + '\n');
