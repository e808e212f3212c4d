// Records at a fixed rate, whatever the server does, and when those who watch heard of each.
//
// Each record has a time at which it is to be sent. Its latency begins then, even if it could not
// be sent before the server had answered others: a stall is in the figures of all records that it
// kept waiting. The sender never sleeps, so the times are kept to a few microseconds while the
// server keeps up.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/harness/histogram.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

// Something that takes records, and a subscriber of it.
class Watched {
public:
    virtual ~Watched() = default;

    // Whether a record can be sent without waiting for an answer.
    [[nodiscard]] virtual bool can_send() const = 0;
    // `order` is the record's. No other record of it is sent before it was heard of.
    virtual void send(const std::string& record, std::uint64_t order) = 0;

    // Takes in what is there, without waiting, and calls `heard` with the order of each record that
    // the subscriber has heard of.
    virtual void receive(const std::function<void(std::uint64_t order)>& heard) = 0;
};

struct OpenOptions {
    double rate = 0;  // a second
    double warm_up_seconds = 0;
    double seconds = 0;
};

struct OpenDone {
    std::uint64_t records = 0;
    double seconds = 0;
    double client_cpu = 0;
    double server_cpu = 0;  // by `server_cpu_now`
    Histogram latency;      // from the intended time to the subscriber
};

// Throws a Failure if the subscriber has not heard of a record a minute after it was to be sent.
OpenDone run_open(const OpenOptions& options, Workload& workload, Watched& watched,
                  const std::function<double()>& server_cpu_now);

}  // namespace freshet::bench
