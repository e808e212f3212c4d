#include "http/credentials/browser_origin.h"

#include <algorithm>

#include "http/messages/request_gate.h"

namespace freshet::http {

namespace {

constexpr std::string_view methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
// What a page has a reason to set, and what clients for text/event-stream set of their own accord:
// the latter has no effect here, but a browser refuses to send a request with a header that is not
// allowed.
constexpr std::string_view request_headers =
    "Accept, Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    "Last-Event-ID, Pragma, Prefer, X-Requested-With";
constexpr std::string_view answer_headers =
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Freshet-Position, "
    "Freshet-Stale, Idempotent-Replayed, "
    "Last-Event-ID, Preference-Applied";
constexpr std::string_view preflight_life_s = "600";

// Whether it is the origin of the server itself, as the client names it. A page that came in the
// clear may be anybody's on its way, unless it came from this machine.
bool is_own(std::string_view origin, const Request& request) {
    constexpr std::string_view secure = "https://";
    constexpr std::string_view clear = "http://";
    const auto host = request.host();
    if (!host) return false;
    if (origin.starts_with(secure)) return origin.substr(secure.size()) == *host;
    return !request.secure && origin.starts_with(clear) && origin.substr(clear.size()) == *host &&
           names_loopback(*host);
}

Answer wrong_origin(std::string_view detail) {
    Answer answer = problem(403, detail);
    answer.reason = RefusalReason::origin;
    return answer;
}

}  // namespace

std::optional<std::string_view> BrowserOrigins::listed(const Request& request) const {
    if (request.count("Origin") != 1) return std::nullopt;
    const std::string_view origin = *request.header("Origin");
    if (std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) return std::nullopt;
    return origin;
}

std::optional<Answer> BrowserOrigins::preflight(const Request& request) const {
    if (request.method != "OPTIONS" || !request.header("Access-Control-Request-Method")) {
        return std::nullopt;
    }
    if (!listed(request)) {
        return wrong_origin(
            "pages of this origin may not ask here: origins in [server] lists those that may");
    }
    Answer answer(204);
    answer.set("Access-Control-Allow-Methods", methods);
    answer.set("Access-Control-Allow-Headers", request_headers);
    answer.set("Access-Control-Max-Age", preflight_life_s);
    return answer;
}

void BrowserOrigins::add_cors_headers(Answer& answer, const Request& request) const {
    if (origins_.empty()) return;
    // A cache must not give one page what was meant for another.
    answer.set("Vary", "Origin");
    const auto origin = listed(request);
    if (!origin) return;
    answer.set("Access-Control-Allow-Origin", *origin);
    answer.set("Access-Control-Allow-Credentials", "true");
    answer.set("Access-Control-Expose-Headers", answer_headers);
}

std::optional<Answer> BrowserOrigins::refuse_foreign_write(const Request& request) const {
    if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
    if (listed(request)) return std::nullopt;
    const auto origin = request.header("Origin");
    if (origin && request.count("Origin") == 1 && is_own(*origin, request)) return std::nullopt;
    return wrong_origin(
        "a write with a cookie needs the Origin of this server, or one that origins in [server] "
        "lists: another page may have made the browser send it");
}

}  // namespace freshet::http
