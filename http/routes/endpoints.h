// The endpoints: which paths there are and what each of them takes. Pure.
//
// endpoints.cc has one table with a row for each. Whatever depends on which endpoints there are is
// read from it: who handles a request, the methods that a 405 allows, the paths that a 404 names,
// the labels of metrics, and who may ask without a credential. A new endpoint is a handler and a
// row.
//
// Invariants
//   - Every target leads to one row. The last row takes what no other does, and handles nothing.
//
// Threads: any; the table is constant.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/messages/target.h"
#include "http/routes/routes.h"

namespace freshet::http {

// Of a body that is an order to the server.
inline constexpr std::size_t document_bytes_max = 64U << 10U;
// Of one that is an item: DynamoDB's JSON of the largest, with every character escaped.
inline constexpr std::size_t item_body_bytes_max = 4U << 20U;

struct Endpoint {
    std::string_view
        path;  // a template, such as `/views/{view}/{key}`, or `*`: the label of metrics
    std::string_view named{};  // what a 404 says of it; empty: its path
    // Whether a target leads here; null: if it is `path` itself.
    bool (*takes)(const Target& target, const engine::Catalog& catalog) = nullptr;
    // Whether anybody may ask, without a credential; null: nobody may.
    bool (*opens_to)(const Request& request) = nullptr;
    // Whether some of what a request reads is public, so that nobody() may ask for it; null: never.
    bool (*shows_public)(const Target& target, const engine::Catalog& catalog) = nullptr;
    Handler on_get = nullptr;  // and HEAD
    // In place of on_get, for a client that wants a text/event-stream; by itself, for every client.
    Handler on_stream = nullptr;
    Handler on_post = nullptr;
    Handler on_put = nullptr;
    Handler on_patch = nullptr;
    // Before the handler of a method that brings a body, and before that body is waited for.
    HeadCheck check_body = nullptr;
    std::size_t body_bytes_max = document_bytes_max;  // but no more than the configuration allows
    Handler on_delete = nullptr;
    Handler on_options = nullptr;  // but not for a preflight
};

// Where the target leads. A table's key tells an item from its history.
const Endpoint& endpoint_of(const Target& target, const engine::Catalog& catalog);

// The row of targets that lead nowhere, and of requests without one.
const Endpoint& no_endpoint();

// The row of the files of an app (http/routes/web_routes.h). No target leads there by itself.
const Endpoint& web_endpoint();

// The place of the endpoint in the table, and the paths in the order of the table.
std::size_t row_of(const Endpoint& endpoint);
std::vector<std::string_view> endpoint_paths();

// Null if the endpoint does not take the request's method.
Handler handler_of(const Endpoint& endpoint, const Request& request);

// Whether the request asks by GET, HEAD or OPTIONS for what anybody may: as a health check does.
bool is_open_question(const Endpoint& endpoint, const Request& request);

// Whether it asks for a stream as an EventSource does. One who waits for an answer does not.
bool asks_for_stream(const Endpoint& endpoint, const Request& request);

// Whether its answer may be a stream: that of a POST may be, too, where there is nothing else.
bool may_be_stream(const Endpoint& endpoint, const Request& request);

// Whether the request needs no credential. One that brings a body does: no stranger's is gathered.
bool is_open(const Endpoint& endpoint, const Request& request);

// Whether the request reads something that is public, and needs no credential to do so. What it
// gets is decided where that is read, for nobody().
bool is_for_nobody(const Endpoint& endpoint, const Request& request,
                   const engine::Catalog& catalog);

// 405, or 404 if there is no endpoint, which names those that there are: under `prefix`, where the
// client finds them.
Answer refuse_method(const Endpoint& endpoint, std::string_view prefix = {});

}  // namespace freshet::http
