#include "http/routes/routes.h"

#include <algorithm>
#include <utility>

#include "engine/access/caller.h"
#include "http/messages/content_coding.h"
#include "http/routes/endpoints.h"
#include "http/routes/stream_routes.h"

namespace freshet::http {

namespace {

// Before a client whose credential has just ended asks again.
constexpr unsigned renewal_retry_ms = 5'000;

bool brings_body(const Request& request) {
    return request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

// Whether a credential could allow what is refused to a request that shows none.
bool asks_for_credential(const NextStep& step, const Request& request) {
    const auto* answer = std::get_if<Answer>(&step);
    return answer != nullptr && answer->status == 403 && request.identity.is_anonymous();
}

// A browser's EventSource takes any status but 200 as final: until it is known which tokens are
// revoked, it is asked to come again.
Answer refusal_of(Answer refusal, const Endpoint& endpoint, const Request& request) {
    if (refusal.status != 503 || !asks_for_stream(endpoint, request)) return refusal;
    return stream_later("the log is being folded", renewal_retry_ms);
}

}  // namespace

NextStep begin_poll(std::unique_ptr<LongPoll> poll, std::chrono::milliseconds timeout) {
    auto asked = poll->ask(timeout.count() == 0);
    if (auto* answer = std::get_if<Answer>(&asked)) return std::move(*answer);
    return AnswerToAwait{std::move(poll), std::get<storage::Position>(asked), timeout};
}

std::optional<Answer> refuse_stranger(const RouteContext& context, Request& request,
                                      const Endpoint& endpoint, std::chrono::sys_seconds now) {
    auto identity = context.credentials.identify(request, now);
    const auto may_be_nobody = [&] {
        return identity.error().reason == RefusalReason::none &&
               is_for_nobody(endpoint, request, context.engine.catalog());
    };
    if (identity) {
        request.identity = *std::move(identity);
    } else if (may_be_nobody()) {
        request.identity = {.caller = engine::nobody(), .expires = {}};
    } else if (!is_open(endpoint, request)) {
        return refusal_of(identity.error(), endpoint, request);
    }
    if (!request.identity.by_cookie) return std::nullopt;
    return context.origins.refuse_foreign_write(request);
}

std::optional<Answer> refuse_ended(const RouteContext& context, Request& request,
                                   const Endpoint& endpoint, std::chrono::sys_seconds now) {
    if (request.identity.end(now).empty()) return std::nullopt;
    return refuse_stranger(context, request, endpoint, now);
}

std::optional<Answer> refuse_body(const RouteContext& context, Request& request,
                                  const Endpoint& endpoint, std::chrono::sys_seconds now) {
    if (handler_of(endpoint, request) == nullptr) return refuse_method(endpoint, request.prefix);
    if (!brings_body(request)) return std::nullopt;
    if (endpoint.check_body != nullptr) {
        auto refusal = endpoint.check_body({context, request, now});
        if (refusal && asks_for_credential(*refusal, request)) return credential_needed();
        if (refusal) return refusal;
    }
    if (auto refusal = refuse_coding(request)) return refusal;
    return refuse_packed(request);
}

std::size_t body_bytes_max(const RouteContext& context, const Endpoint& endpoint) {
    return std::min(endpoint.body_bytes_max, context.body_bytes_max);
}

NextStep route(const RouteContext& context, Request& request, const Endpoint& endpoint,
               std::chrono::sys_seconds now, bool waited, engine::Patience patience) {
    if (auto refusal = refuse_body(context, request, endpoint, now)) return *std::move(refusal);
    NextStep step = handler_of(endpoint, request)({context, request, now, waited, patience});
    if (asks_for_credential(step, request)) return credential_needed();
    // It would end at once. The page may be about to renew its cookie.
    const auto end = request.identity.end(now);
    if (std::holds_alternative<StreamToFollow>(step) && !end.empty()) {
        return stream_later(end, renewal_retry_ms);
    }
    return step;
}

}  // namespace freshet::http
