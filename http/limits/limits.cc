#include "http/limits/limits.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::http {

namespace {

using std::chrono::seconds;

// Nobody knows when a connection or a stream will end.
constexpr seconds seat_wait{10};
// Bodies come and go.
constexpr seconds body_wait{1};

constexpr std::string_view policy_field = "RateLimit-Policy";
constexpr std::string_view left_field = "RateLimit";

std::string whole_seconds(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::ceil<seconds>(time).count());
}

// Whether it is the token of somebody in particular. A machine's key does not expire, nor does
// everybody().
bool is_of_subject(const Identity& identity) {
    return identity.caller && identity.expires && !identity.caller->subject.empty();
}

LimitRefusal refusal_of(Limit limit, std::string_view whose, const RateLimiter& limiter,
                        const Allowance& allowance) {
    std::string detail = "too many requests of this " + std::string(whose) + ": it may send ";
    detail += std::to_string(limiter.rate().burst) + " at once, and from then on ";
    detail += std::to_string(limiter.rate().requests_per_s) + " a second";
    return {.status = 429, .limit = limit, .wait = allowance.wait, .detail = std::move(detail)};
}

LimitRefusal seat_refusal(Limit limit, const std::string& detail, std::size_t most) {
    return {
        .status = 429, .limit = limit, .wait = seat_wait, .detail = detail + std::to_string(most)};
}

void append_member(std::string& list, std::string_view name) {
    if (!list.empty()) list += ", ";
    list += '"';
    list += name;
    list += '"';
}

// Both fields are lists (RFC 9651): q requests may come at once, and w is in how many seconds they
// are there again; r are left, and t is in how many seconds there is more.
struct Fields {
    std::string policies;
    std::string left;

    void add(std::string_view name, const RateLimiter& limiter, const Allowance& allowance) {
        append_member(policies, name);
        policies += ";q=" + std::to_string(limiter.rate().burst);
        policies += ";w=" + std::to_string(limiter.fill_time().count());
        append_member(left, name);
        left += ";r=" + std::to_string(allowance.left);
        left += ";t=" + whole_seconds(allowance.wait);
    }
};

}  // namespace

Limits::Limits(const engine::LimitSettings& limits, const engine::ServerSettings& server)
    : client_addresses_(server),
      addresses_(limits.address_rate),
      probes_(limits.address_rate),
      subjects_(limits.subject_rate),
      connections_(limits.address_connections),
      streams_(limits.subject_streams),
      bodies_(limits.all_bodies_bytes, limits.client_bodies_bytes()),
      answers_(limits.all_answers_bytes, limits.client_answers_bytes()) {}

tl::expected<Peer, LimitRefusal> Limits::accept(const engine::IpAddress& address) {
    const auto client = client_addresses_.of_connection(address);
    if (!client) return Peer{.address = address, .seat = {}};
    auto seat = connections_.take(*client);
    if (!seat) {
        const std::string kind = seat.error().network.kind();
        return tl::unexpected(seat_refusal(
            Limit::connections, "too many connections of this " + kind + ": it may have ",
            seat.error().most));
    }
    return Peer{.address = address, .seat = *std::move(seat), .is_counted = true};
}

std::optional<LimitRefusal> Limits::charge_connection(const engine::IpAddress& address,
                                                      TimePoint now) {
    const auto client = client_addresses_.of_connection(address);
    if (!client || !addresses_.limits()) return std::nullopt;
    const Allowance allowance = addresses_.take(key_of(*client), now);
    if (allowance.allowed) return std::nullopt;
    return refusal_of(Limit::address, "address", addresses_, allowance);
}

std::optional<LimitKey> Limits::key(const Peer& peer, const Request& request) const {
    const auto address = client(peer, request);
    if (!address) return std::nullopt;
    return key_of(*address);
}

std::optional<Allowance> Limits::take(RateLimiter& limiter, const Peer& peer,
                                      const Request& request, TimePoint now) const {
    if (!limiter.limits()) return std::nullopt;
    const auto client = key(peer, request);
    if (!client) return std::nullopt;
    return limiter.take(*client, now);
}

std::optional<LimitRefusal> Limits::charge_address(const Peer& peer, const Request& request,
                                                   TimePoint now, Charges& charges) {
    charges.address = take(addresses_, peer, request, now);
    if (!charges.address || charges.address->allowed) return std::nullopt;
    return refusal_of(Limit::address, "address", addresses_, *charges.address);
}

std::optional<LimitRefusal> Limits::charge_probe(const Peer& peer, const Request& request,
                                                 TimePoint now) {
    const auto allowance = take(probes_, peer, request, now);
    if (!allowance || allowance->allowed) return std::nullopt;
    return refusal_of(Limit::address, "address", probes_, *allowance);
}

std::optional<LimitRefusal> Limits::charge_subject(const Identity& identity, TimePoint now,
                                                   Charges& charges) {
    if (!subjects_.limits() || !is_of_subject(identity)) return std::nullopt;
    charges.subject = subjects_.take(key_of_subject(identity.caller->subject), now);
    if (charges.subject->allowed) return std::nullopt;
    return refusal_of(Limit::subject, "subject", subjects_, *charges.subject);
}

std::optional<LimitRefusal> Limits::hold_body(const Peer& peer, const Request& request,
                                              std::size_t bytes, BodyBudget::Hold& hold) {
    if (!hold.is_open()) hold = bodies_.open(clients(peer, request));
    const auto full = hold.resize(bytes);
    if (!full) return std::nullopt;
    if (*full == BodyBudget::Full::client) {
        return LimitRefusal{.status = 429,
                            .limit = Limit::bodies,
                            .wait = body_wait,
                            .detail =
                                "too many bytes of bodies at once of this client: it may "
                                "send " +
                                std::to_string(bodies_.client_max()) +
                                ", all its requests together (a share of "
                                "limits.all_bodies_bytes)"};
    }
    return LimitRefusal{.status = 503,
                        .limit = Limit::bodies,
                        .wait = body_wait,
                        .detail =
                            "the server is receiving as many bytes of bodies as it has "
                            "memory for, " +
                            std::to_string(bodies_.all_max()) + " (limits.all_bodies_bytes)"};
}

std::optional<LimitRefusal> Limits::hold_answers(const Peer& peer, const Request& request,
                                                 std::size_t bytes, BodyBudget::Hold& hold) {
    if (!hold.is_open()) hold = answers_.open(clients(peer, request));
    if (!hold.resize(bytes)) return std::nullopt;
    return LimitRefusal{.status = 503,
                        .limit = Limit::answers,
                        .wait = body_wait,
                        .detail = "too many bytes of answers wait for their clients"};
}

std::vector<LimitKey> Limits::clients(const Peer& peer, const Request& request) const {
    std::vector<LimitKey> keys;
    if (const auto address = client(peer, request)) keys.push_back(key_of(site_of(*address)));
    if (is_of_subject(request.identity)) {
        keys.push_back(key_of_subject(request.identity.caller->subject));
    }
    return keys;
}

std::optional<LimitRefusal> Limits::seat_stream(const Peer& peer, const Request& request,
                                                Seats::Seat& seat) {
    const Identity& identity = request.identity;
    // Where no credentials are asked for, nobody shows one.
    const bool is_of_address = identity.is_anonymous() || identity.caller == engine::everybody();
    std::optional<LimitKey> key;
    if (is_of_subject(identity)) {
        key = key_of_subject(identity.caller->subject);
    } else if (is_of_address) {
        if (const auto address = client(peer, request)) key = key_of(*address);
    }
    if (streams_.most() == 0 || !key) return std::nullopt;
    auto taken = streams_.take(*key);
    if (!taken) {
        const std::string whose = is_of_address ? "address" : "subject";
        return seat_refusal(Limit::streams, "too many streams of this " + whose + ": it may have ",
                            streams_.most());
    }
    seat = *std::move(taken);
    return std::nullopt;
}

void Limits::add_limit_headers(Answer& answer, const Charges& charges) const {
    Fields fields;
    if (charges.address) fields.add("address", addresses_, *charges.address);
    if (charges.subject) fields.add("subject", subjects_, *charges.subject);
    if (fields.left.empty()) return;
    answer.set(policy_field, fields.policies);
    answer.set(left_field, fields.left);
}

Answer answer_of(const LimitRefusal& refusal) {
    Answer answer = problem(refusal.status, refusal.detail);
    const auto wait = std::max(std::chrono::ceil<seconds>(refusal.wait), seconds(1));
    answer.set("Retry-After", std::to_string(wait.count()));
    return answer;
}

}  // namespace freshet::http
