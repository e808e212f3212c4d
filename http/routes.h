// From a request to its answer: which path does what. No sockets.
//
// An answer that has to wait is a value too: the connection does the waiting, in its own
// coroutine, and comes back with what it waited for.
//
//     route()  ->  Answer            to be written
//              ->  RecordsToAppend   hand it to the engine, then receipt_answer()
//              ->  PositionToAwait   wait, then route() again, with `waited`
//
// Threads: any; nothing is kept.
#pragma once

#include <chrono>
#include <variant>

#include "engine/change_batch.h"
#include "engine/engine.h"
#include "http/answer.h"
#include "http/request.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::http {

struct RecordsToAppend {
    engine::ChangeBatch batch;
    bool minimal = false;  // Prefer: return=minimal
};

struct PositionToAwait {
    storage::Position position;
    std::chrono::milliseconds timeout;
};

using Outcome = std::variant<Answer, RecordsToAppend, PositionToAwait>;

// Takes the request's body out of it where the body is used. `waited` says that the position that
// the request names has been waited for already.
Outcome route(engine::Engine& engine, Request& request, bool waited = false);

}  // namespace freshet::http
