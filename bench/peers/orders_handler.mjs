// The handler of bench/peers/node_and_redis.h: node orders_handler.mjs PORT REDIS_PORT
//
// POST /records takes a Lambda event of DynamoDB records. Of each it writes, as one transaction:
//
//     order:ID, admin-order:ID   the views of the order, as JSON
//     summaries                  a row for the lists: ID to JSON
//     my-orders:CREATOR          IDs of a customer's orders, by the time at which they were placed
//     all-orders                 the same of all that are not completed
//     records                    how many it has written
//     events                     the channel on which it tells what has happened
//
// It answers once Redis has. It does not know a record that comes twice, nor one that comes late.
import { createServer } from 'node:http';
import { createClient } from 'redis';

const [port, redisPort] = process.argv.slice(2).map(Number);
const redis = createClient({ socket: { host: '127.0.0.1', port: redisPort } });

function plain(attribute) {
    const [[type, value]] = Object.entries(attribute);
    if (type === 'N') return Number(value);
    if (type === 'L') return value.map(plain);
    if (type === 'M') return plainItem(value);
    return value;
}

function plainItem(image) {
    return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plain(value)]));
}

function eventOf(name, id, item, before) {
    if (name === 'INSERT') return { type: 'new-order', id };
    if (name === 'REMOVE') return { type: 'order-canceled', id };
    if (item.status === before.status) return { type: 'order-updated', id, status: item.status };
    return { type: 'order-status-updated', id, status: item.status, was: before.status };
}

function remove(transaction, id, { creator }) {
    return transaction
        .del([`order:${id}`, `admin-order:${id}`])
        .hDel('summaries', id)
        .zRem(`my-orders:${creator}`, id)
        .zRem('all-orders', id);
}

function write(transaction, id, item) {
    const { createdAt, status, numItems, items, lastUpdated, creator } = item;
    const summary = { id, createdAt, status, numItems, lastUpdated };
    const order = { ...summary, items };
    const row = { score: Date.parse(createdAt), value: id };
    transaction
        .set(`order:${id}`, JSON.stringify(order))
        .set(`admin-order:${id}`, JSON.stringify({ ...order, creator }))
        .hSet('summaries', id, JSON.stringify(summary))
        .zAdd(`my-orders:${creator}`, row);
    return status === 'COMPLETED'
        ? transaction.zRem('all-orders', id)
        : transaction.zAdd('all-orders', row);
}

function handle({ eventName, dynamodb }) {
    const id = dynamodb.Keys.pk.S;
    const item = dynamodb.NewImage && plainItem(dynamodb.NewImage);
    const before = dynamodb.OldImage && plainItem(dynamodb.OldImage);
    const transaction = redis.multi();
    if (item) write(transaction, id, item);
    else remove(transaction, id, before);
    return transaction
        .incr('records')
        .publish('events', JSON.stringify(eventOf(eventName, id, item, before)))
        .exec();
}

function answer(response, status, value) {
    const body = JSON.stringify(value);
    response.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
}

async function post(request, response) {
    try {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        const records = JSON.parse(Buffer.concat(chunks)).Records;
        await Promise.all(records.map(handle)); // sent in their order, over one connection
        answer(response, 200, { written: records.length });
    } catch (error) {
        answer(response, 500, { error: String(error) });
    }
}

await redis.connect();
createServer(post).listen(port, '127.0.0.1');
