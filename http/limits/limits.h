// What one client may ask of the server in a time, and have of it at a time.
//
//     a connection comes  ->  accept()          ->  Peer, which it is served as
//     a request           ->  charge_address()  ->  credentials  ->  charge_subject()
//     its body            ->  hold_body()
//     a stream            ->  seat_stream()
//
// Addresses are limited so that guessing and flooding have a price for those whom nobody knows, and
// subjects so that one user does not take what is there for all. Machines, which show a static key,
// are no subjects: a program that forwards records is limited by its address alone. So are those
// who show no credential and read what is public.
//
// Threads: any.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "engine/config/config.h"
#include "engine/text/ip_address.h"
#include "http/limits/body_budget.h"
#include "http/limits/client_address.h"
#include "http/limits/networks.h"
#include "http/limits/rate_limiter.h"
#include "http/limits/seats.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/observing/http_metrics.h"

namespace freshet::http {

// Who is at the other end of a connection.
struct Peer {
    engine::IpAddress address;
    NetworkSeats::Seat seat;  // among the connections of its networks
    bool is_counted = false;  // whether it has one
    bool is_brief = false;    // it came to a crowded server (http/limits/connection_room.h)
};

// What a request has taken from the limits that apply to it.
struct Charges {
    std::optional<Allowance> address;
    std::optional<Allowance> subject;
};

struct LimitRefusal {
    int status = 429;  // 503 where it is no single client that has too much
    Limit limit = Limit::address;
    std::chrono::nanoseconds wait{0};  // before it is worth while to try again
    std::string detail;
};

class Limits {
public:
    using TimePoint = RateLimiter::TimePoint;

    Limits(const engine::LimitSettings& limits, const engine::ServerSettings& server);

    // Fails if that address, or a network it lies in, has as many connections as it may have.
    tl::expected<Peer, LimitRefusal> accept(const engine::IpAddress& address);
    // Takes the connection, which may cost a handshake, from what its address may ask.
    std::optional<LimitRefusal> charge_connection(const engine::IpAddress& address, TimePoint now);
    // The network that has most of the connections that it may have, if any has one.
    [[nodiscard]] std::optional<NetworkUse> fullest_network() const {
        return connections_.fullest();
    }

    // The address that the request comes from, whether it is limited or not.
    [[nodiscard]] engine::IpAddress sender(const Peer& peer, const Request& request) const {
        return client_addresses_.sender(peer.address, request);
    }

    // Of the path by which the client reached us (http/limits/client_address.h).
    [[nodiscard]] std::string_view prefix(const Peer& peer, const Request& request) const {
        return client_addresses_.prefix(peer.address, request);
    }

    // What the request's client is counted by; nothing if it is not counted.
    [[nodiscard]] std::optional<LimitKey> key(const Peer& peer, const Request& request) const;

    // Takes the request from what its client's address may ask, and notes that in `charges`.
    std::optional<LimitRefusal> charge_address(const Peer& peer, const Request& request,
                                               TimePoint now, Charges& charges);

    // Takes a question whether the process lives from what the client's address may ask of those,
    // which is as many as of all else: who asks too much is still told that it lives.
    std::optional<LimitRefusal> charge_probe(const Peer& peer, const Request& request,
                                             TimePoint now);

    // Takes the request from what the subject of its token may ask.
    std::optional<LimitRefusal> charge_subject(const Identity& identity, TimePoint now,
                                               Charges& charges);

    // Notes in `hold` how many bytes of the request's body there are. Whose it is is known.
    std::optional<LimitRefusal> hold_body(const Peer& peer, const Request& request,
                                          std::size_t bytes, BodyBudget::Hold& hold);
    // Of all bodies that are being received.
    [[nodiscard]] const BodyBudget& bodies() const { return bodies_; }

    // Notes in `hold` how many bytes of memory the answers take that the client has not taken yet.
    std::optional<LimitRefusal> hold_answers(const Peer& peer, const Request& request,
                                             std::size_t bytes, BodyBudget::Hold& hold);
    // Of all answers that wait for their clients.
    [[nodiscard]] const BodyBudget& answers() const { return answers_; }

    // Takes a place into `seat`: among the streams of the subject, or, where no credential was
    // shown, of the client's address.
    std::optional<LimitRefusal> seat_stream(const Peer& peer, const Request& request,
                                            Seats::Seat& seat);

    // Tells the client what it has left, in the fields RateLimit-Policy and RateLimit
    // (draft-ietf-httpapi-ratelimit-headers).
    void add_limit_headers(Answer& answer, const Charges& charges) const;

private:
    [[nodiscard]] std::optional<engine::IpAddress> client(const Peer& peer,
                                                          const Request& request) const {
        return client_addresses_.of_request(peer.address, request);
    }

    // Takes a request from the bucket of its client's address; nothing if that is not limited.
    std::optional<Allowance> take(RateLimiter& limiter, const Peer& peer, const Request& request,
                                  TimePoint now) const;

    // Those for whom what the request brings or takes counts.
    [[nodiscard]] std::vector<LimitKey> clients(const Peer& peer, const Request& request) const;

    const ClientAddresses client_addresses_;
    RateLimiter addresses_;
    RateLimiter probes_;
    RateLimiter subjects_;
    NetworkSeats connections_;
    Seats streams_;
    BodyBudget bodies_;
    BodyBudget answers_;
};

// 429 or 503, with Retry-After.
Answer answer_of(const LimitRefusal& refusal);

}  // namespace freshet::http
