// Ways to write records to a server and to see what it takes.
//
//     send_bulk       one connection, one body of lines without an end in sight
//     run_closed      so many connections, each sends the next request when the last is answered
//     run_open        records at intended times, whatever the server does (open_load.h)
//
// Threads: one, the caller's. It makes the records while it sends, which is part of its time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness/histogram.h"
#include "bench/harness/local_socket.h"

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

// A connection's next request, which is appended to `out`; how many records it has.
using RequestSource = std::function<unsigned(std::string& out)>;

// Takes one whole answer to such a request, if it was received: true, or else false and nothing.
// Throws a Failure if it is no success.
using AnswerTaker = std::function<bool(LocalSocket& socket)>;

// A 200.
bool take_success(LocalSocket& socket);
// 200, 201 or 204.
bool take_any_success(LocalSocket& socket);

struct ClosedOptions {
    std::uint16_t port = 0;
    double warm_up_seconds = 0;  // not counted
    double seconds = 0;
    std::function<bool()> is_over = {};  // in place of `seconds`: asked all the time, must not wait
    std::function<void(LocalSocket& socket)> greet = {};  // before the first request, if at all
    AnswerTaker take_answer = take_success;
};

struct ClosedDone {
    std::uint64_t records = 0;
    double seconds = 0;
    double client_cpu = 0;
    double server_cpu = 0;  // by `server_cpu_now`
    Histogram latency;      // of requests
};

// One connection for each of the sources.
ClosedDone run_closed(const ClosedOptions& options, const std::vector<RequestSource>& sources,
                      const std::function<double()>& server_cpu_now);

}  // namespace freshet::bench
