// What most people begin with: a loop over the batch, a switch over what happened, and the
// attributes picked out of the image by hand.
import { appendFileSync } from 'node:fs';

const log = (entry) => appendFileSync(process.env.HANDLED, JSON.stringify(entry) + '\n');

function toItem(image) {
    return {
        id: image.id.S,
        title: image.title?.S ?? '',
        total: image.total ? Number(image.total.N) : 0,
        open: image.open?.BOOL ?? false,
        tags: (image.tags?.L ?? []).map((tag) => tag.S),
    };
}

export const handler = async (event) => {
    for (const record of event.Records) {
        const id = record.dynamodb.Keys.id.S;
        switch (record.eventName) {
            case 'INSERT':
                log({ did: 'index', id, item: toItem(record.dynamodb.NewImage) });
                break;
            case 'MODIFY': {
                const before = toItem(record.dynamodb.OldImage);
                const after = toItem(record.dynamodb.NewImage);
                if (before.title !== after.title) {
                    log({ did: 'rename', id, from: before.title, to: after.title });
                } else {
                    log({ did: 'index', id, item: after });
                }
                break;
            }
            case 'REMOVE':
                log({ did: 'delete', id, title: record.dynamodb.OldImage?.title?.S });
                break;
        }
    }
    return `Successfully processed ${event.Records.length} records.`;
};
