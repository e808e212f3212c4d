// One function for the streams of several tables: the ARN says which, a record that comes again is
// known by its eventID, and what TTL has removed by who removed it.
import { appendFileSync } from 'node:fs';

const seen = new Set();
const log = (entry) => appendFileSync(process.env.HANDLED, JSON.stringify(entry) + '\n');

const isExpired = ({ eventName, userIdentity }) => eventName === 'REMOVE' &&
    userIdentity?.type === 'Service' && userIdentity?.principalId === 'dynamodb.amazonaws.com';

const handlers = {
    carts: (record, key) => log({ did: isExpired(record) ? 'remind' : 'count', cart: key }),
    orders: (record, key) => log({ did: 'bill', order: key, region: record.awsRegion }),
};

export const handler = async (event) => {
    for (const record of event.Records) {
        if (record.eventSource !== 'aws:dynamodb' || !record.eventVersion.startsWith('1.')) {
            throw new Error(`no record of a table: ${record.eventSource} ${record.eventVersion}`);
        }
        if (seen.has(record.eventID)) {
            log({ did: 'skip', eventID: record.eventID });
            continue;
        }
        const table = record.eventSourceARN.split(':')[5].split('/')[1];
        const handle = handlers[table];
        if (!handle) throw new Error(`no handler for table ${table}`);
        handle(record, Object.values(record.dynamodb.Keys).map((key) => key.S ?? key.N).join('/'));
        seen.add(record.eventID);
    }
};
