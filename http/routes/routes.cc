#include "http/routes/routes.h"

#include "http/routes/endpoints.h"
#include "http/routes/stream_routes.h"

namespace freshet::http {

namespace {

// Before a client whose credential has just ended asks again.
constexpr unsigned renewal_retry_ms = 5'000;

}  // namespace

std::optional<Answer> refuse_stranger(const RouteContext& context, Request& request,
                                      const Endpoint& endpoint, std::chrono::sys_seconds now) {
    auto identity = context.credentials.identify(request, now);
    if (identity) {
        request.identity = *std::move(identity);
    } else if (!is_open(endpoint, request)) {
        return identity.error();
    }
    if (!request.identity.by_cookie) return std::nullopt;
    return context.origins.refuse_foreign_write(request);
}

std::optional<Answer> refuse_ended(const RouteContext& context, Request& request,
                                   const Endpoint& endpoint, std::chrono::sys_seconds now) {
    if (request.identity.end(now).empty()) return std::nullopt;
    return refuse_stranger(context, request, endpoint, now);
}

NextStep route(const RouteContext& context, Request& request, const Endpoint& endpoint,
               std::chrono::sys_seconds now, bool waited) {
    const Handler handler = handler_of(endpoint, request);
    if (handler == nullptr) return refuse_method(endpoint);
    NextStep step = handler({context, request, now, waited});
    // It would end at once. The page may be about to renew its cookie.
    const auto end = request.identity.end(now);
    if (std::holds_alternative<StreamToFollow>(step) && !end.empty()) {
        return stream_later(end, renewal_retry_ms);
    }
    return step;
}

}  // namespace freshet::http
