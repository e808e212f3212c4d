// What Node.js's HTTP server makes of the bytes of connections: node second_parser.js FILE
//
// Each line of the file is one connection's bytes, in hexadecimal. Standard output gets, for each,
// a line `METHOD TARGET BODY` for every request that came to its end, then `= CODE` with the code
// of the error that ended the connection, or `= none`. What is not printable is written \xNN.
'use strict';
const { readFileSync } = require('fs');
const http = require('http');
const { Duplex } = require('stream');

function printable(bytes) {
    return bytes.toString('latin1').replace(
        /[^!-~]|\\/g, (c) => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'));
}

// Resolves with the lines for one connection. There is no socket: the server is handed a stream.
function parse(bytes) {
    return new Promise((resolve) => {
        const requests = [];
        let error = 'none';
        const server = http.createServer(
            { insecureHTTPParser: false, maxHeaderSize: 1 << 20 }, (request, response) => {
                const seen = { request, body: [], ended: false };
                requests.push(seen);
                request.on('data', (part) => seen.body.push(part));
                request.on('end', () => { seen.ended = true; });
                request.on('error', () => {});
                response.end();
            });
        // What is still being answered when the client has sent everything is not given up.
        server.httpAllowHalfOpen = true;
        const wire = new Duplex({ read() {}, write(_bytes, _encoding, done) { done(); } });
        // A whole request that came before a fault is handed out a little later.
        const destroyWhenHandedOut = () => {
            const handedOut = requests.every((seen) => seen.ended || !seen.request.complete);
            if (handedOut) wire.destroy();
            else setImmediate(destroyWhenHandedOut);
        };
        server.on('clientError', (reason) => {
            error = reason.code;
            destroyWhenHandedOut();
        });
        wire.on('error', () => {});
        wire.on('close', () => setImmediate(() => {
            const lines = requests.filter((seen) => seen.ended && seen.request.complete)
                .map(({ request, body }) => [request.method,
                    printable(Buffer.from(request.url, 'latin1')),
                    printable(Buffer.concat(body))].join(' '));
            resolve([...lines, '= ' + error]);
        }));
        server.emit('connection', wire);
        wire.push(bytes);
        wire.push(null);
    });
}

async function main() {
    const connections = readFileSync(process.argv[2], 'latin1').split('\n').slice(0, -1);
    const lines = [];
    for (const connection of connections) {
        lines.push(...await parse(Buffer.from(connection, 'hex')));
    }
    process.stdout.write(lines.join('\n') + '\n');
}

main();
