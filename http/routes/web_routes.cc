#include "http/routes/web_routes.h"

#include <string>
#include <string_view>
#include <utility>

#include "http/credentials/credentials.h"
#include "http/messages/entity_tag.h"
#include "http/messages/query.h"
#include "http/routes/client_source.h"

namespace freshet::http {

namespace {

Answer file_answer(const Request& request, std::string bytes, std::string_view type) {
    const std::string tag = content_tag(bytes);
    Answer answer(none_match_fails(request, tag) ? 304 : 200);
    if (answer.status == 200) {
        answer.body = std::move(bytes);
        answer.set("Content-Type", type);
    }
    answer.set("ETag", tag);
    // It is asked for each time, so that all files of a page are of one age.
    answer.set("Cache-Control", "no-cache");
    answer.set("X-Content-Type-Options", "nosniff");
    return answer;
}

}  // namespace

const Endpoint& endpoint_of(const RouteContext& context, const Request& request) {
    const Endpoint& endpoint = endpoint_of(request.target, context.engine.catalog());
    if (context.web_folder == nullptr || !is_read(request)) return endpoint;
    const bool is_root = request.target.segments.empty() && !request.target.is_server;
    const bool may_be_file = is_root
                                 ? context.web_folder->has_index() && accepts(request, "text/html")
                                 : &endpoint == &no_endpoint();
    return may_be_file ? web_endpoint() : endpoint;
}

NextStep get_web_file(const Call& call) {
    const Request& request = call.request;
    auto file = call.context.web_folder->read(request.target);
    if (!file) return problem_of(file.error());
    if (!*file) {
        // As if no files were served: a stranger is told nothing.
        const bool is_stranger = request.identity.caller == nullptr;
        return is_stranger ? credential_needed() : refuse_method(no_endpoint(), request.prefix);
    }
    Answer answer = file_answer(request, std::move((*file)->bytes), (*file)->type);
    if (request.target.segments.empty()) answer.set("Vary", "Accept");
    return answer;
}

NextStep get_client(const Call& call) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, {"v"})) return *refusal;
    return file_answer(call.request, std::string(client_source()),
                       "text/javascript; charset=utf-8");
}

}  // namespace freshet::http
