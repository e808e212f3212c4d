#include "http/routes/web_routes.h"

#include <string>
#include <string_view>
#include <utility>

#include "http/messages/entity_tag.h"
#include "http/messages/query.h"
#include "http/routes/client_source.h"

namespace freshet::http {

namespace {

// A longer one is read elsewhere: others would wait for the disk.
constexpr std::size_t long_file_bytes = 256U << 10U;

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
    const bool may_be_file = is_root ? accepts(request, "text/html") : &endpoint == &no_endpoint();
    return may_be_file && context.web_folder->size_of(request.target) ? web_endpoint() : endpoint;
}

NextStep get_web_file(const Call& call) {
    const Request& request = call.request;
    const auto size = call.context.web_folder->size_of(request.target);
    if (size && *size > long_file_bytes && call.patience == engine::Patience::little) {
        return TakesLong();
    }
    auto file = call.context.web_folder->read(request.target);
    if (!file) return problem_of(file.error());
    if (!*file) return problem(404, "there is no such file any more");
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
