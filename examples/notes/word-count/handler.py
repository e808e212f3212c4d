"""Keeps `wordCount` of a note that of its `content`: handler.mjs, in Python.

It is a Lambda handler as it stands. Without Lambda, `python3 handler.py PORT` serves it over HTTP.

    FRESHET_URL    where Freshet is; by default http://127.0.0.1:8080
    FRESHET_TOKEN  the bearer token, if one is asked for; it is never logged
"""

import json
import os
import re
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

TRIES_MAX = 5

# What Unicode calls whitespace; str.split() takes four control characters for it, too.
WORD = re.compile("[^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def handler(event, context):
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if record["eventName"] != "REMOVE" and (image is None or not is_counted(image)):
            write_count(record["dynamodb"]["Keys"]["id"]["S"])


def is_counted(note):
    """A note whose content is no text has no count."""
    count = count_of(note)
    if count is None:
        return "wordCount" not in note
    return note.get("wordCount", {}).get("N") == str(count)


def count_of(note):
    content = note.get("content", {}).get("S")
    return None if content is None else len(WORD.findall(content))


def write_count(note_id):
    """Whatever goes wrong is raised, and then the batch comes again."""
    for _ in range(TRIES_MAX):
        status, etag, body = ask("GET", note_id)
        if status == 404:  # removed since
            return
        note = json.loads(body)
        if is_counted(note):
            return
        patch = json.dumps({"wordCount": count_of(note)}).encode()  # null removes it
        status, _, _ = ask("PATCH", note_id, {"If-Match": etag}, patch)
        if status not in (404, 412):
            return
    raise RuntimeError(f"the note {note_id} changed each of {TRIES_MAX} times that it was read")


def ask(method, note_id, headers=None, body=None):
    """The status, the ETag and the body. 404 and 412 are answers; others raise."""
    url = os.environ.get("FRESHET_URL", "http://127.0.0.1:8080").rstrip("/")
    path = "/tables/notes/items?key=" + quote(note_id, safe="")
    request = Request(url + path, body, headers or {}, method=method)
    request.add_header("Accept", "application/x-amz-json-1.0")  # as images are
    token = os.environ.get("FRESHET_TOKEN", "").strip()
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if body is not None:
        request.add_header("Content-Type", "application/merge-patch+json")
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers["ETag"], answer.read()
    except HTTPError as error:
        with error:
            if error.code in (404, 412):
                return error.code, None, error.read()
            raise RuntimeError(f"Freshet answered {error.code} to {method} {path}") from None


class Served(BaseHTTPRequestHandler):
    """Each POST is an event. What the handler raises is a 500."""

    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True

    def do_POST(self):
        event = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, answer = 200, handler(json.loads(event), None)
        except Exception as error:
            traceback.print_exc()
            status = 500
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Served)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
