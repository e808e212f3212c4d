// A handler to try functions with (docs/functions.md): writes a letter about each new note, as a
// file of the folder `letters`, which has to be there. The same note again is the same letter.
import { writeFileSync } from 'node:fs';

export async function handler(event) {
    for (const { dynamodb: { NewImage: note } } of event.Records) {
        writeFileSync(`letters/${note.id.S}.txt`, `There is a new note: ${note.title.S}\n`);
    }
}
