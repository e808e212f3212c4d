// Keeps `wordCount` of a note that of its `content`: a Lambda handler for the changes of the notes,
// which writes the count back to Freshet.
//
// - It counts the note as it is now, and writes only if it still is: so an edit that comes meanwhile
//   is not undone, and a note that was removed stays removed.
// - Its own write comes back as a change, too, of a note that has its count: then there is nothing
//   to do, and so it does not call itself forever.
// - It may be called with the same changes again.
//
//   FRESHET_URL    where Freshet is; by default http://127.0.0.1:8080
//   FRESHET_TOKEN  the bearer token, if one is asked for; it is never logged

const triesMax = 5;

export async function handler(event) {
    for (const { eventName, dynamodb: { Keys, NewImage } } of event.Records) {
        const isDone = eventName === 'REMOVE' || (NewImage !== undefined && isCounted(NewImage));
        if (!isDone) await writeCount(Keys.id.S);
    }
}

// A note whose content is no text has no count.
function isCounted({ content, wordCount }) {
    const count = countOf(content);
    return count === null ? wordCount === undefined : wordCount?.N === `${count}`;
}

// A word is what is between whitespace.
function countOf(content) {
    if (content?.S === undefined) return null;
    return content.S.split(/\p{White_Space}+/u).filter((word) => word !== '').length;
}

// Whatever goes wrong is thrown, and then the batch comes again.
async function writeCount(id) {
    for (let tries = 0; tries < triesMax; ++tries) {
        const read = await ask('GET', id);
        if (read.status === 404) return;  // removed since
        const note = JSON.parse(read.text);
        if (isCounted(note)) return;
        const patch = JSON.stringify({ wordCount: countOf(note.content) });  // null removes it
        const written = await ask('PATCH', id, { 'If-Match': read.etag }, patch);
        if (written.status !== 412 && written.status !== 404) return;
    }
    throw new Error(`the note ${id} changed each of ${triesMax} times that it was read`);
}

// 404 and 412 are answers; others are thrown. Notes are in DynamoDB's JSON, as images are.
async function ask(method, id, headers = {}, body = undefined) {
    const url = (process.env.FRESHET_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
    const path = `/tables/notes/items?key=${encodeURIComponent(id)}`;
    const token = process.env.FRESHET_TOKEN?.trim();
    headers.Accept = 'application/x-amz-json-1.0';
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/merge-patch+json';
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(url + path, { method, headers, body, signal });
    const { status } = answer;
    const text = await answer.text();
    if (!answer.ok && status !== 404 && status !== 412) {
        throw new Error(`Freshet answered ${status} to ${method} ${path}`);
    }
    return { status, etag: answer.headers.get('ETag'), text };
}
