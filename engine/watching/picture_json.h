// A picture and its changes as the JSON that watchers are sent: the data of `snapshot` and
// `change`.
//
//     an item, a group   {"id":"7c9e",…}, as a GET shows it, or null
//     a page             {"keys":["7c9e",…],"items":[{…},…],"next":"…"}: what a GET shows, and the
//                        key of each item
//     a change {"remove":["e4d9"],"put":[{"key":"7c9e","index":0,"item":{…}}],"next":null}
//
// To apply a change, take out every entry that `remove` or `put` names, and then put in those of
// `put`, one after the other, each at its index. `next` is there if it changed; null is none. Of
// an item or a group, `put` is what is shown now, and `remove` leaves null.
//
// A client of JSON Patch (RFC 6902) is sent the document as a GET shows it, without keys, and then
// patches to it.
//
// Threads: pure.
#pragma once

#include <string>

#include "engine/watching/picture.h"

namespace freshet::engine {

std::string snapshot_json(const Picture& picture);
// The document of a GET.
std::string document_json(const Picture& picture);

// Of the difference that leads to the picture.
std::string change_json(const Difference& difference, const Picture& after);
// From the document before to the one after.
std::string patch_json(const Difference& difference, const Picture& after);

}  // namespace freshet::engine
