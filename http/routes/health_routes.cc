#include "http/routes/health_routes.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "http/messages/query.h"

namespace freshet::http {

namespace {

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

}  // namespace

NextStep get_livez(const Call& call) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, {})) return *refusal;
    return json_answer("{\"status\":\"ok\"}\n");
}

NextStep get_readyz(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {"verbose"})) return *refusal;
    const bool is_verbose = find_parameter(request.target, "verbose").has_value();
    const engine::SequencerStatus status = engine.status();
    std::string body = R"({"status":")" + std::string(name_of(status.mode)) + '"';
    const auto read_point = engine.read_point();
    // How much was written, and how fast, is no stranger's business.
    const bool is_stranger = !request.identity.caller;
    // While the disk is full everything can be read, and writers hear by themselves what is wrong:
    // to take the only server away from readers for that would help nobody.
    const bool is_read_only = status.mode == engine::SequencerMode::read_only;
    if ((status.mode == engine::SequencerMode::serving || is_read_only) && read_point) {
        if (!is_stranger) {
            body += R"(,"position":)" + std::to_string((*read_point)->position().value);
        }
        if (is_read_only && !is_stranger) {
            body += R"(,"fault":)";
            engine::append_json_string(body, status.fault);
        }
        if (is_verbose) append_builds(body, status.builds);
        body += "}\n";
        return json_answer(std::move(body));
    }
    if (!is_stranger) {
        body += R"(,"folded":)" + std::to_string(status.folded.value);
        body += R"(,"head":)" + std::to_string(status.head.value);
    }
    if (!status.fault.empty() && !is_stranger) {
        body += R"(,"fault":)";
        engine::append_json_string(body, status.fault);
    }
    body += "}\n";
    Answer answer = json_answer(std::move(body));
    answer.status = 503;
    answer.set("Retry-After", "1");
    return answer;
}

NextStep answer_options(const Call& /*call*/) {
    Answer answer(204);
    answer.set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return answer;
}

}  // namespace freshet::http
