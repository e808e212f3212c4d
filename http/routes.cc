#include "http/routes.h"

#include <string>
#include <string_view>

#include "engine/json.h"
#include "http/index_route.h"
#include "http/query.h"
#include "http/read_routes.h"
#include "http/write_routes.h"

namespace freshet::http {

namespace {

Answer livez(const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    return json_answer("{\"status\":\"ok\"}\n");
}

std::string_view name_of(engine::SequencerMode mode) {
    switch (mode) {
        case engine::SequencerMode::folding:
            return "folding";
        case engine::SequencerMode::serving:
            return "ready";
        case engine::SequencerMode::recovering:
            return "recovering";
        case engine::SequencerMode::stopped:
            return "stopped";
    }
    return "unknown";
}

Answer readyz(const engine::Engine& engine, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *refusal;
    const engine::SequencerStatus status = engine.status();
    std::string body = R"({"status":")" + std::string(name_of(status.mode)) + '"';
    const auto read_point = engine.read_point();
    if (status.mode == engine::SequencerMode::serving && read_point) {
        body += R"(,"position":)" + std::to_string((*read_point)->position().value) + "}\n";
        return json_answer(std::move(body));
    }
    body += R"(,"folded":)" + std::to_string(status.folded.value);
    body += R"(,"head":)" + std::to_string(status.head.value);
    if (!status.fault.empty()) {
        body += R"(,"fault":)";
        engine::append_json_string(body, status.fault);
    }
    body += "}\n";
    Answer answer = json_answer(std::move(body));
    answer.status = 503;
    answer.set("Retry-After", "1");
    return answer;
}

enum class Path { index, livez, readyz, records, view, item, unknown };

Path path_of(const Target& target) {
    const auto& segments = target.segments;
    if (segments.empty()) return Path::index;
    const std::string_view first = segments.front();
    if (segments.size() == 1 && first == "livez") return Path::livez;
    if (segments.size() == 1 && first == "readyz") return Path::readyz;
    if (segments.size() == 1 && first == "records") return Path::records;
    if (segments.size() >= 2 && first == "views") return Path::view;
    if (segments.size() >= 3 && first == "tables" && segments[2] == "items") return Path::item;
    return Path::unknown;
}

Answer method_not_allowed(Path path) {
    const std::string_view allowed = path == Path::records ? "GET, HEAD, POST" : "GET, HEAD";
    Answer answer = problem(405, "this path takes only: " + std::string(allowed));
    answer.set("Allow", allowed);
    return answer;
}

Answer unknown_path() {
    return problem(404,
                   "there is nothing at this path; there are /records, /views/VIEW/KEY, "
                   "/views/LIST, /tables/TABLE/items/KEY, /livez, /readyz, and / names the tables "
                   "and views");
}

}  // namespace

Outcome route(engine::Engine& engine, Request& request, bool waited) {
    const Path path = path_of(request.target);
    if (path == Path::unknown) return unknown_path();
    if (path == Path::records && request.method == "POST") return post_records(engine, request);
    if (request.method != "GET" && request.method != "HEAD") return method_not_allowed(path);

    switch (path) {
        case Path::index:
            return index_answer(engine.catalog(), request);
        case Path::livez:
            return livez(request);
        case Path::readyz:
            return readyz(engine, request);
        case Path::records:
            return get_records(engine, request, waited);
        case Path::view:
            return get_view(engine, request, waited);
        case Path::item:
            return get_item(engine, request, waited);
        case Path::unknown:
            break;
    }
    return unknown_path();
}

}  // namespace freshet::http
