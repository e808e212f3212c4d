// Written for a batch size of 1: it looks at the first record, and would lose all others.
import { appendFileSync } from 'node:fs';

export async function handler(event, context) {
    const { eventName, dynamodb } = event.Records[0];
    const { Keys, NewImage, OldImage, ApproximateCreationDateTime } = dynamodb;

    const entry = {
        did: 'notify',
        records: event.Records.length,
        event: eventName,
        id: Keys.id.S,
        at: new Date(ApproximateCreationDateTime * 1000).toISOString(),
        text: `${(NewImage ?? OldImage)?.title?.S ?? 'an item'}: ${eventName.toLowerCase()}`,
        request: context.awsRequestId,
    };
    if (context.getRemainingTimeInMillis() < 100) throw new Error('too little time is left');

    appendFileSync(process.env.HANDLED, JSON.stringify(entry) + '\n');
}
