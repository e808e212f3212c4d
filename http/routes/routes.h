// From a request to its answer. No sockets. Which paths there are is in http/routes/endpoints.h.
//
// Which endpoint a request asks for is found once, by endpoint_of(), and whose the request is is
// asked once, by refuse_stranger(). Both come before route(), which asks neither.
//
// An answer that has to wait is a value too: the connection does the waiting, in its own
// coroutine, and comes back with what it waited for.
//
//     route()  ->  Answer            to be written
//              ->  RecordsToAppend   hand it to the engine, then answer() what it says
//              ->  LinesToAppend     hand the body to a BulkAppend as it comes
//              ->  TakesLong         route() again, elsewhere
//              ->  PositionToAwait   wait, refuse_ended(), then route() again, with `waited`
//              ->  AnswerToAwait     wait and ask again until it is there (http/routes/long_poll.h)
//              ->  StreamToFollow    write its head, then what it says until the client leaves
//
// Threads: any; nothing is kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "engine/engine.h"
#include "engine/records/change_batch.h"
#include "http/credentials/browser_origin.h"
#include "http/credentials/credentials.h"
#include "http/limits/memory_use.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/observing/http_metrics.h"
#include "http/routes/bulk_append.h"
#include "http/routes/long_poll.h"
#include "http/routes/web_folder.h"
#include "http/streams/stream.h"
#include "http/streams/subscribers.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::http {

struct RecordsToAppend {
    engine::ChangeBatch batch;
    // What the client is told.
    std::function<Answer(const Result<engine::Receipt>& receipt)> answer;
    // Whether the answer to a batch that is admitted is short, and needs nothing but its receipt:
    // it may then be made and sent by the thread that has the receipt first.
    bool is_plain = false;
};

struct LinesToAppend {
    BulkOptions options;
};

struct PositionToAwait {
    storage::Position position;
    std::chrono::milliseconds timeout;
};

struct StreamToFollow {
    Answer head;
    std::unique_ptr<Stream> stream;
};

// Others would wait too long for it.
struct TakesLong {};

using NextStep = std::variant<Answer, RecordsToAppend, LinesToAppend, PositionToAwait,
                              AnswerToAwait, StreamToFollow, TakesLong>;

// The answer if it is to be had now; or else the wait for it.
NextStep begin_poll(std::unique_ptr<LongPoll> poll, std::chrono::milliseconds timeout);

// What the routes answer from.
struct RouteContext {
    engine::Engine& engine;
    Credentials& credentials;
    const BrowserOrigins& origins;
    Subscribers& subscribers;
    const HttpMetrics& metrics;
    std::size_t body_bytes_max;              // of one JSON body, and of one line
    std::function<MemoryUse()> memory = {};  // null: nobody knows
    const WebFolder* web_folder = nullptr;   // null: no files are served
};

// A request on its way to its answer.
struct Call {
    const RouteContext& context;
    Request& request;  // whose body is taken out of it where it is used
    std::chrono::sys_seconds now;
    bool waited = false;  // for the position that the request names
    engine::Patience patience = engine::Patience::any;
};

// Answers the requests to one endpoint by one method.
using Handler = NextStep (*)(const Call& call);
// Refuses what is wrong whatever the request's body says; that need not have come.
using HeadCheck = std::optional<Answer> (*)(const Call& call);

struct Endpoint;

// Asks whose the request is and notes it in the request; its body need not have come. A request
// that shows no credential is nobody()'s if it reads what is public. Returns why the request is
// refused; nothing if it is not.
std::optional<Answer> refuse_stranger(const RouteContext& context, Request& request,
                                      const Endpoint& endpoint, std::chrono::sys_seconds now);

// Asks again, once the request has waited, if its credential has ended meanwhile: where clocks may
// differ by as much, it is still believed.
std::optional<Answer> refuse_ended(const RouteContext& context, Request& request,
                                   const Endpoint& endpoint, std::chrono::sys_seconds now);

// Refuses a request whose body its endpoint does not take, or not of this caller, before that has
// come. What depends on the body is asked once it is there.
std::optional<Answer> refuse_body(const RouteContext& context, Request& request,
                                  const Endpoint& endpoint, std::chrono::sys_seconds now);

// How long a body the endpoint takes. Only records come in long ones.
std::size_t body_bytes_max(const RouteContext& context, const Endpoint& endpoint);

// `request` asks for `endpoint`, is no stranger's and no preflight. Takes the body out of it where
// the body is used. `waited` says that the position it names has been waited for already. What
// TakesLong is so with little patience only, and has not begun.
NextStep route(const RouteContext& context, Request& request, const Endpoint& endpoint,
               std::chrono::sys_seconds now, bool waited = false,
               engine::Patience patience = engine::Patience::any);

}  // namespace freshet::http
