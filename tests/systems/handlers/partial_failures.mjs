// Reports which records failed (ReportBatchItemFailures): Lambda sends the first of them, and all
// after it, again. A test says of an item how many tries fail: {"fail":{"N":"2"}}.
import { appendFileSync } from 'node:fs';

const tries = new Map();

async function processRecord({ eventName, dynamodb }) {
    const sequence = dynamodb.SequenceNumber;
    const tried = (tries.get(sequence) ?? 0) + 1;
    tries.set(sequence, tried);
    if (tried <= Number(dynamodb.NewImage?.fail?.N ?? 0)) throw new Error(`try ${tried} fails`);
    const entry = { did: 'process', event: eventName, sequence, tried };
    appendFileSync(process.env.HANDLED, JSON.stringify(entry) + '\n');
}

export const handler = async (event) => {
    const batchItemFailures = [];
    for (const record of event.Records) {
        try {
            await processRecord(record);
        } catch (error) {
            console.error(record.eventID, error.message);
            batchItemFailures.push({ itemIdentifier: record.dynamodb.SequenceNumber });
        }
    }
    return { batchItemFailures };
};
