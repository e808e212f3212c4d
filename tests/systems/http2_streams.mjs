// node http2_streams.mjs URL COUNT: asks for the events COUNT times on one connection of HTTP/2,
// and prints how many of these streams have begun while all are open.
import { connect } from 'node:http2';

const [, , url, count] = process.argv;
const session = connect(url);
const deadline = setTimeout(() => {
  console.log('the streams did not begin in time');
  process.exit(1);
}, 20_000);

const begun = Array.from({ length: Number(count) }, () => new Promise((resolve, reject) => {
  const stream = session.request({ ':path': '/events', accept: 'text/event-stream' });
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    text += chunk;
    if (text.includes('event: hello')) resolve(stream);
  });
  stream.on('error', reject);
  stream.on('end', () => reject(new Error('a stream has ended after: ' + text)));
}));

const streams = await Promise.all(begun);
console.log(streams.filter((stream) => !stream.closed).length);
clearTimeout(deadline);
session.destroy();
