// What all connections of one server share. The references outlive them.
//
// Threads: any; what changes is atomic or guards itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>

#include "http/limits/connection_room.h"
#include "http/limits/limits.h"
#include "http/observing/audit_log.h"
#include "http/observing/http_metrics.h"
#include "http/observing/server_log.h"
#include "http/routes/routes.h"
#include "http/serving/long_work.h"
#include "http/serving/tls.h"
#include "http/serving/waiting_writers.h"
#include "http/streams/subscribers.h"

namespace freshet::http {

struct Service {
    RouteContext routes;
    std::shared_ptr<ServerLog> log;
    ConnectionRoom& connections;
    Subscribers& subscribers;
    std::atomic<std::size_t>& held_bytes;      // of streams that their clients have not taken yet
    std::size_t held_bytes_max = 256U << 20U;  // beyond which those who do not take theirs are cut
    std::atomic<std::size_t>& catching_up;     // how many streams rest while they catch up
    HttpMetrics& metrics;
    Limits& limits;
    AuditLog& audit;
    LongWork& long_work;
    unsigned threads = 1;                               // which serve the connections
    std::chrono::milliseconds tick{1'000};              // how often deadlines are looked at
    std::chrono::milliseconds idle_max{75'000};         // between requests
    std::chrono::milliseconds crowded_idle_max{2'000};  // likewise, where others want the place
    std::chrono::milliseconds heartbeat{15'000};        // of a stream that has nothing to say
    // How far a body of lines may be behind what it has to keep up.
    std::chrono::milliseconds lines_grace{30'000};
    const TlsCertificate* certificate = nullptr;  // null: no TLS is spoken
    std::chrono::milliseconds handshake_max{10'000};
    std::chrono::milliseconds receipt_max{60'000};  // until the engine has answered a batch
    // The engine has it for as long as it has one of their batches.
    std::shared_ptr<WaitingWriters> writers = std::make_shared<WaitingWriters>(0);
};

}  // namespace freshet::http
