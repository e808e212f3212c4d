#include "http/routes/routes.h"

#include <string>
#include <string_view>

#include "engine/text/json.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/history_route.h"
#include "http/routes/index_route.h"
#include "http/routes/metrics_route.h"
#include "http/routes/read_routes.h"
#include "http/routes/session_route.h"
#include "http/routes/status_route.h"
#include "http/routes/stream_routes.h"
#include "http/routes/token_route.h"
#include "http/routes/write_routes.h"

namespace freshet::http {

namespace {

// Before a client whose credential has just ended asks again.
constexpr unsigned renewal_retry_ms = 5'000;

Answer livez(const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    return json_answer("{\"status\":\"ok\"}\n");
}

// What is being built, and about how far that is.
void append_builds(std::string& json, const std::vector<engine::BuildStatus>& builds) {
    json += R"(,"building":[)";
    for (const engine::BuildStatus& build : builds) {
        if (&build != builds.data()) json += ',';
        json += R"({"table":)";
        engine::append_json_string(json, build.table);
        json += R"(,"views":[)";
        for (const std::string& view : build.views) {
            if (&view != build.views.data()) json += ',';
            engine::append_json_string(json, view);
        }
        json += R"(],"percent":)" + std::to_string(static_cast<int>(build.share * 100)) + '}';
    }
    json += ']';
}

Answer readyz(const engine::Engine& engine, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {"verbose"})) return *refusal;
    const bool is_verbose = find_parameter(request.target, "verbose").has_value();
    const engine::SequencerStatus status = engine.status();
    std::string body = R"({"status":")" + std::string(name_of(status.mode)) + '"';
    const auto read_point = engine.read_point();
    if (status.mode == engine::SequencerMode::serving && read_point) {
        body += R"(,"position":)" + std::to_string((*read_point)->position().value);
        if (is_verbose) append_builds(body, status.builds);
        body += "}\n";
        return json_answer(std::move(body));
    }
    body += R"(,"folded":)" + std::to_string(status.folded.value);
    body += R"(,"head":)" + std::to_string(status.head.value);
    if (!status.fault.empty() && request.identity.caller) {
        body += R"(,"fault":)";
        engine::append_json_string(body, status.fault);
    }
    body += "}\n";
    Answer answer = json_answer(std::move(body));
    answer.status = 503;
    answer.set("Retry-After", "1");
    return answer;
}

std::string_view allowed_methods(Route route) {
    switch (route) {
        case Route::records:
            return "GET, HEAD, POST";
        case Route::tokens:
            return "POST";
        case Route::session:
            return "POST, DELETE";
        default:
            return "GET, HEAD";
    }
}

Answer method_not_allowed(Route route) {
    const std::string_view allowed = allowed_methods(route);
    Answer answer = problem(405, "this path takes only: " + std::string(allowed));
    answer.set("Allow", allowed);
    return answer;
}

Answer unknown_path() {
    return problem(
        404,
        "there is nothing at this path; there are /records, /events, /views/VIEW/KEY, "
        "/views/LIST, /tables/TABLE/items/KEY, /tables/TABLE/items/KEY/history, "
        "/tokens, /session, /status, /metrics, /livez, /readyz, and / names the tables and views");
}

// Nobody's body is gathered who is not known.
bool announces_body(const Request& request) {
    return request.header("Transfer-Encoding") ||
           request.header("Content-Length").value_or("0") != "0";
}

// Whoever looks after the process need not be known, nor does who gives a session up.
bool is_open(Route route, const Request& request) {
    if (announces_body(request)) return false;
    if (route == Route::session) return request.method == "DELETE";
    if (request.method != "GET" && request.method != "HEAD") return false;
    return route == Route::livez ||
           (route == Route::readyz && !find_parameter(request.target, "verbose"));
}

Outcome append_lines(const RouteContext& context, const Request& request) {
    auto options = bulk_options(context.engine.catalog(), request, context.body_bytes_max);
    if (!options) return options.error();
    // Before a long body has come for nothing.
    if (const auto newest = context.engine.read_point(); !newest) return problem_of(newest.error());
    return LinesToAppend{*options};
}

Outcome get(const RouteContext& context, const Request& request, Route route, bool waited) {
    switch (route) {
        case Route::index:
            return index_answer(context.engine, request);
        case Route::livez:
            return livez(request);
        case Route::readyz:
            return readyz(context.engine, request);
        case Route::metrics:
            if (auto refusal = refuse_unless_admin(request, "/metrics")) return *std::move(refusal);
            return metrics_answer(context.engine, context.metrics, request);
        case Route::status:
            if (auto refusal = refuse_unless_admin(request, "/status")) return *std::move(refusal);
            return status_answer(context.engine, context.subscribers.summary(), request);
        case Route::records:
            if (wants_stream(request)) return follow_records(context.engine, request);
            return get_records(context.engine, request, waited);
        case Route::events:
            return get_events(context.engine, request);
        case Route::view:
            return get_view(context.engine, request, waited);
        case Route::item:
            return get_item(context.engine, request, waited);
        case Route::history:
            return get_history(context.engine, request, waited);
        case Route::tokens:
        case Route::session:
        case Route::other:
            break;
    }
    return unknown_path();
}

}  // namespace

std::optional<Answer> refuse_stranger(const RouteContext& context, Request& request, Route endpoint,
                                      std::chrono::sys_seconds now) {
    auto identity = context.credentials.identify(request, now);
    if (identity) {
        request.identity = *std::move(identity);
    } else if (!is_open(endpoint, request)) {
        return identity.error();
    }
    if (!request.identity.by_cookie) return std::nullopt;
    return context.origins.refuse_foreign_write(request);
}

std::optional<Answer> refuse_ended(const RouteContext& context, Request& request, Route endpoint,
                                   std::chrono::sys_seconds now) {
    if (request.identity.end(now).empty()) return std::nullopt;
    return refuse_stranger(context, request, endpoint, now);
}

NextStep route(const RouteContext& context, Request& request, Route endpoint,
               std::chrono::sys_seconds now, bool waited) {
    if (endpoint == Route::other) return unknown_path();
    if (is_bulk(request)) return append_lines(context, request);
    if (endpoint == Route::records && request.method == "POST") {
        return post_records(context.engine, request);
    }
    if (endpoint == Route::tokens && request.method == "POST") {
        return post_tokens(*context.credentials.vendor(), request, now);
    }
    if (endpoint == Route::session && request.method == "POST") return post_session(request, now);
    if (endpoint == Route::session && request.method == "DELETE") return delete_session(request);
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads || endpoint == Route::tokens || endpoint == Route::session) {
        return method_not_allowed(endpoint);
    }
    Outcome outcome = get(context, request, endpoint, waited);
    // It would end at once. The page may be about to renew its cookie.
    const auto end = request.identity.end(now);
    if (std::holds_alternative<StreamToFollow>(outcome) && !end.empty()) {
        return stream_later(end, renewal_retry_ms);
    }
    return outcome;
}

}  // namespace freshet::http
