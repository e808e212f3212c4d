// Ways to write records to a server and to see what it takes.
//
//     send_bulk       one connection, one body of lines without an end in sight
//     run_closed      so many connections, each sends the next request when the last is answered
//     run_open        requests at intended times, whatever the server does (open_load.h)
//
// Threads: one, the caller's. It makes the records while it sends, which is part of its time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness/histogram.h"

namespace freshet::bench {

// Appends the text of one more record. False, and nothing, if there is none.
using RecordSource = std::function<bool(std::string& out)>;

struct BulkDone {
    std::uint64_t records = 0;
    double seconds = 0;  // until the answer to all of them
};

// Sends all records of the source as NDJSON with one request. Throws a Failure unless every one of
// them was appended.
BulkDone send_bulk(std::uint16_t port, const RecordSource& source);

// Appends the next request of a connection.
using RequestSource = std::function<void(std::string& out)>;

struct ClosedOptions {
    std::uint16_t port = 0;
    double warm_up_seconds = 0;  // not counted
    double seconds = 0;
};

struct ClosedDone {
    std::uint64_t requests = 0;
    double seconds = 0;
    double client_cpu = 0;
    double server_cpu = 0;  // by `server_cpu_now`
    Histogram latency;
};

// One connection for each of the sources. Throws a Failure if an answer is not a 200.
ClosedDone run_closed(const ClosedOptions& options, const std::vector<RequestSource>& sources,
                      const std::function<double()>& server_cpu_now);

// POST /records with one record.
std::string post_request(const std::string& record);

}  // namespace freshet::bench
