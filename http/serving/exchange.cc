#include "http/serving/exchange.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "http/routes/stream_routes.h"
#include "http/routes/web_routes.h"
#include "http/serving/jitter.h"

namespace freshet::http {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = RequestReader::State;

constexpr seconds head_max{10};
constexpr seconds body_max{30};

// As far as it names no item: up to the key, where the endpoint has one.
std::string short_path(const Endpoint& endpoint, const Target& target) {
    const std::string_view named = endpoint.path.substr(0, endpoint.path.find("/{key}"));
    const auto segments = static_cast<std::size_t>(std::count(named.begin(), named.end(), '/'));
    std::string path;
    for (std::size_t i = 0; i < target.segments.size() && i < segments; ++i) {
        path += '/';
        append_percent_encoded(path, target.segments[i]);
    }
    return path.empty() ? "/" : path;
}

// A stream would keep the place that others need for a request.
Answer no_room_for_stream(const Service& service, const Request& request) {
    service.metrics.count_no_room();
    if (!is_read(request)) return problem(503, "the server has too many connections for a stream");
    return stream_later("the server has too many connections for one more stream",
                        static_cast<unsigned>(reconnect_delay().count()));
}

// What looks after the process is not kept from it, unless it asks for more than whether it lives,
// or shows a credential, which costs something to look at.
bool is_probe(const Endpoint& endpoint, const Request& request) {
    return is_open_question(endpoint, request) && request.target.query.empty() &&
           !request.header("Authorization") && !request.header("Cookie");
}

}  // namespace

void Exchange::check(const Service& service, const Peer& peer, Request& request, bool is_whole,
                     TimePoint now, WallTime wall_time) {
    is_checked_ = true;
    request.prefix = service.limits.prefix(peer, request);
    endpoint_ = &endpoint_of(service.routes, request);
    early_answer_ = first_answer(service, peer, request, is_whole, now, wall_time);
}

std::optional<Answer> Exchange::first_answer(const Service& service, const Peer& peer,
                                             Request& request, bool is_whole, TimePoint now,
                                             WallTime wall_time) {
    Limits& limits = service.limits;
    const auto too_many = is_probe(*endpoint_, request)
                              ? limits.charge_probe(peer, request, now)
                              : limits.charge_address(peer, request, now, charges_);
    if (too_many) return limit_answer(service, request, *too_many);
    // A preflight shows no credential, but a body is waited for only if its sender is known.
    auto preflight = service.routes.origins.preflight(request);
    if (preflight && is_whole) return preflight;
    auto stranger = refuse_stranger(service.routes, request, *endpoint_, wall_time);
    if (stranger || preflight) return stranger;
    if (peer.is_brief && may_be_stream(*endpoint_, request)) {
        return no_room_for_stream(service, request);
    }
    const auto refusal = limits.charge_subject(request.identity, now, charges_);
    if (refusal) return limit_answer(service, request, *refusal);
    if (is_whole) return std::nullopt;
    return refuse_body(service.routes, request, *endpoint_, wall_time);
}

void Exchange::hold_body(const Service& service, const Peer& peer, const Request& request,
                         std::size_t bytes) {
    const auto refusal = service.limits.hold_body(peer, request, bytes, body_);
    if (refusal) early_answer_ = limit_answer(service, request, *refusal);
}

void Exchange::check_again(const Service& service, Request& request, WallTime wall_time) {
    early_answer_ = service.routes.origins.preflight(request);
    if (early_answer_) return;
    early_answer_ = refuse_ended(service.routes, request, *endpoint_, wall_time);
}

std::optional<LimitRefusal> Exchange::hold_lines(const Service& service, const Peer& peer,
                                                 const Request& request, std::size_t bytes) {
    return service.limits.hold_body(peer, request, bytes, body_);
}

Answer Exchange::take_early_answer() {
    return *std::exchange(early_answer_, std::nullopt);
}

// A browser's EventSource takes any status but 200 as final, so a stream is asked to come later.
Answer Exchange::limit_answer(const Service& service, const Request& request,
                              const LimitRefusal& refusal) const {
    service.metrics.count_limited(refusal.limit);
    if (!asks_for_stream(*endpoint_, request)) return answer_of(refusal);
    const auto wait = std::chrono::ceil<milliseconds>(refusal.wait) + reconnect_delay();
    return stream_later(refusal.detail, static_cast<unsigned>(wait.count()));
}

void Exchange::complete(const Service& service, const Request& request, Answer& answer) const {
    service.limits.add_limit_headers(answer, charges_);
    service.routes.origins.add_cors_headers(answer, request);
}

void Exchange::finish(const Service& service, const Peer& peer, const Request& request,
                      const Answer& answer, TimePoint now) const {
    if (answer.status == 500) {
        service.log->error(std::string(method_label(request.method)) + ' ' +
                           short_path(*endpoint_, request.target) + ": " + answer.body);
    }
    const std::chrono::duration<double> took = now - asked_at_;
    service.metrics.count_request(row_of(*endpoint_), request.method, answer.status, took.count());
    if (const auto reason = reason_of(answer)) service.metrics.count_refused(*reason);
    if (is_refusal(answer.status) || !answer.deed.empty()) audit(service, peer, request, answer);
    for (const std::string& view : answer.refused_views) {
        refuse_view(service, peer, request, view);
    }
}

// The same as where that view is asked for alone.
void Exchange::refuse_view(const Service& service, const Peer& peer, const Request& request,
                           const std::string& view) const {
    const Answer refusal = problem(403, "this credential may not read what this view shows here");
    const std::string sender = service.limits.sender(peer, request).text();
    const auto time = std::chrono::floor<seconds>(std::chrono::system_clock::now());
    service.metrics.count_refused(*reason_of(refusal));
    service.audit.note_refusal(request, "/views/" + view, refusal, sender, time);
}

void Exchange::audit(const Service& service, const Peer& peer, const Request& request,
                     const Answer& answer) const {
    const bool is_known = endpoint_ != &no_endpoint();
    const std::string path =
        is_known ? short_path(*endpoint_, request.target) : std::string(endpoint_->path);
    const std::string sender = service.limits.sender(peer, request).text();
    const auto time = std::chrono::floor<seconds>(std::chrono::system_clock::now());
    if (!answer.deed.empty()) service.audit.note_deed(request, path, answer, sender, time);
    if (!is_refusal(answer.status)) return;
    service.audit.note_refusal(request, path, answer, sender, time);
}

bool Exchange::may_continue() {
    return !std::exchange(is_continued_, true);
}

Exchange::TimePoint Exchange::read_deadline(State phase, milliseconds idle_max, TimePoint now) {
    if (phase == phase_) return deadline_;
    phase_ = phase;
    if (phase == State::head) {
        deadline_ = now + head_max;
    } else {
        deadline_ = now + (phase == State::body ? milliseconds(body_max) : idle_max);
    }
    return deadline_;
}

}  // namespace freshet::http
