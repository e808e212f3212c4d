// GET /tables/TABLE/items/KEY/history: what has become of one item, a page at a time.
//
// The item whose key is the text `history` is at /tables/TABLE/items/history: a path leads to a
// history only if it has a segment for each part of the key, and then that one. With the key in
// ?key= it is /tables/TABLE/items/history?key=KEY.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

// `request` leads to a history.
NextStep get_history(const Call& call);

// The answer to a walk through a history that failed.
Answer history_problem(const Error& error);

}  // namespace freshet::http
