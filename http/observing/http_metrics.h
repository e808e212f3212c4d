// What goes over HTTP, for Prometheus: requests, connections, and those who follow the log.
//
// Its families lie in the engine's registry; docs/metrics.md describes them. Counting takes no
// lock: a request costs three atomic additions.
//
// Invariants
//   - Labels are words of this program: an endpoint is told by the template of its path, a method
//     that is not known as `other`.
//
// Threads: any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/observing/metrics.h"
#include "engine/text/enum_words.h"
#include "engine/watching/live_board.h"
#include "http/messages/content_coding.h"
#include "http/messages/refusal_reason.h"
#include "http/streams/event_id.h"
#include "http/streams/subscribers.h"
#include "storage/notice.h"
#include "storage/position.h"

namespace freshet::http {

// The method as a label: itself if it is known, or `other`.
std::string_view method_label(std::string_view method);

// Why the server ended a stream. The names are labels.
enum class CutReason {
    slow,      // the client did not take what it was sent
    stopping,  // the server stops
    expired,   // the client's credential has, or is believed no more
    failed,    // the log could not be read
    admin,     // an admin has ended it
    crowded    // there were too many connections
};

// Why a connection was closed when there were too many (http/serving/eviction.h). The names are
// labels.
enum class Eviction {
    silent,  // it had been answered nothing yet
    network  // its network had more of what it may have than any other
};

// What a client had too much of (http/limits/limits.h). The names are labels.
enum class Limit {
    address,      // requests of its address
    subject,      // requests of its subject
    streams,      // streams of its subject
    connections,  // connections of its address
    bodies,       // bytes of bodies of its own, or of all clients
    answers       // bytes of answers that it did not take, or that no client has
};

// What a line of the server's log is about that has a budget (http/observing/line_budget.h). The
// names are labels.
enum class LineKind {
    refusals,       // of the audit log
    actions,        // what anybody may do, of the audit log
    admin_actions,  // what only admins may do, of the audit log
    faults          // what goes wrong in the server
};

class HttpMetrics {
public:
    // How many revocations are in force, by what they name tokens by.
    using Revoked = std::array<std::size_t, engine::enum_count<storage::RevokedBy>>;

    // What is looked at when somebody asks for the metrics; called by any thread.
    struct Gauges {
        std::function<std::size_t()> connections;
        std::function<std::size_t()> body_bytes;
        std::function<std::size_t()> answer_bytes;      // that clients have not taken; may be null
        std::function<std::size_t()> stream_bytes;      // likewise
        std::function<engine::LiveBoard::Load()> live;  // may be null
        std::function<std::size_t()> long_work;         // that waits for its thread; may be null
        std::uint64_t memory_bytes = 0;   // that the process may have; 0: nobody knows
        std::uint64_t planned_bytes = 0;  // that all may come to have, as the limits are
        std::size_t connections_max = 0;
        std::function<Subscribers::Summary()> subscribers;
        std::function<Revoked()> revocations;
    };

    // Adds its families to the engine's metrics, which must outlive it. What another one of the
    // same engine has counted continues. `routes` are the labels of the endpoints, by row.
    HttpMetrics(engine::Metrics& metrics, const std::vector<std::string_view>& routes,
                Gauges gauges);
    ~HttpMetrics();
    HttpMetrics(const HttpMetrics&) = delete;
    HttpMetrics& operator=(const HttpMetrics&) = delete;

    // A request was answered, that many seconds after it had come. Of a stream: its head was.
    // `route` is the row of its endpoint.
    void count_request(std::size_t route, std::string_view method, int status, double seconds);

    void count_events_sent(std::size_t events);
    void count_stream_bytes_sent(std::size_t bytes);
    void count_cut(CutReason reason);
    void count_limited(Limit limit);
    // A connection, or the stream that it asked for, found no room in the server.
    void count_no_room();
    void count_eviction(Eviction why);
    void count_refused(RefusalReason reason);
    // A body that came in a coding has made so many bytes.
    void count_decoded(ContentCoding coding, std::uint64_t bytes);
    void count_reset(ResetReason reason);
    // A line of the server's log had no room.
    void count_left_out(LineKind kind);

    // Brings what is served up to date: looks at the gauges, and takes in the requests since the
    // last time. `head` is where those who follow the log are to come.
    void refresh(storage::Position head) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::http
