// One request and its answer: what a connection knows of them besides their bytes. No sockets.
//
//     head  ->  check()  ->  body  ->  check_again()  ->  route()  ->  complete()
//         ->  finish()
//
// The body is skipped if it has come with the head. The next request begins with `exchange = {}`.
//
// Invariants
//   - A request is charged once, and its credential looked at, before anything is done for it. A
//     preflight shows none; one that has ended by the time it is needed is looked at again.
//   - A phase's deadline is set when the phase begins. A client that sends a byte at a time does
//     not move it.
//
// Threads: one, the connection's. While it waits for a receipt and does nothing else, complete()
// and finish() may be called by the thread that its socket is lent to (http/serving/lent_socket.h):
// they change nothing here, and what they tell is told to parts of Service that any thread may
// call.
#pragma once

#include <chrono>
#include <optional>

#include "http/limits/limits.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/routes/endpoints.h"
#include "http/serving/request_reader.h"
#include "http/serving/service.h"

namespace freshet::http {

class Exchange {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using WallTime = std::chrono::sys_seconds;  // what credentials expire by

    // Finds which endpoint the request asks for and under which prefix, charges its client, and
    // asks whose it is. The head is there; `is_whole` says whether the body is, too: one that its
    // sender has no right to send is not waited for. To be called once.
    void check(const Service& service, const Peer& peer, Request& request, bool is_whole,
               TimePoint now, WallTime wall_time);

    // Asks what has to be asked again of a request that was checked before its body had come.
    void check_again(const Service& service, Request& request, WallTime wall_time);

    [[nodiscard]] bool is_checked() const { return is_checked_; }

    // Counts the memory that the body takes, until the next request. Refuses the request if its
    // client, or all clients together, take too much.
    void hold_body(const Service& service, const Peer& peer, const Request& request,
                   std::size_t bytes);

    // Counts none of it any more: it was let go of.
    void release_body() { body_ = {}; }

    // Whether the checks have answered the request, with a refusal or to a preflight.
    [[nodiscard]] bool has_early_answer() const { return early_answer_.has_value(); }
    // That answer; there must be one. It is then gone.
    Answer take_early_answer();

    // The same of a body of lines, of which so much is held at a time; it is its reader that ends
    // it.
    std::optional<LimitRefusal> hold_lines(const Service& service, const Peer& peer,
                                           const Request& request, std::size_t bytes);

    // The answer to a request of which its client has sent too many. Counts it.
    [[nodiscard]] Answer limit_answer(const Service& service, const Request& request,
                                      const LimitRefusal& refusal) const;

    // Adds to an answer what every answer has.
    void complete(const Service& service, const Request& request, Answer& answer) const;

    // Logs, counts and audits an answer that is ready to be sent.
    void finish(const Service& service, const Peer& peer, const Request& request,
                const Answer& answer, TimePoint now) const;

    // Whether "100 Continue" may be sent: once.
    bool may_continue();

    // Until when the phase of reading that the request is in has to end.
    TimePoint read_deadline(RequestReader::State phase, std::chrono::milliseconds idle_max,
                            TimePoint now);

    // From when on the answer's time is counted: the request is whole, or its head if the body is
    // streamed.
    void set_asked_at(TimePoint now) { asked_at_ = now; }

    // no_endpoint() until the request is checked.
    [[nodiscard]] const Endpoint& endpoint() const { return *endpoint_; }

private:
    std::optional<Answer> first_answer(const Service& service, const Peer& peer, Request& request,
                                       bool is_whole, TimePoint now, WallTime wall_time);
    void audit(const Service& service, const Peer& peer, const Request& request,
               const Answer& answer) const;
    void refuse_view(const Service& service, const Peer& peer, const Request& request,
                     const std::string& view) const;

    const Endpoint* endpoint_ = &no_endpoint();
    Charges charges_;
    BodyBudget::Hold body_;
    std::optional<Answer> early_answer_;
    TimePoint asked_at_;

    // The phase that deadline_ was set for; none yet for a new request.
    std::optional<RequestReader::State> phase_;
    TimePoint deadline_;

    // Each is independent of all else here.
    bool is_checked_ = false;
    bool is_continued_ = false;  // "100 Continue" was sent
};

}  // namespace freshet::http
