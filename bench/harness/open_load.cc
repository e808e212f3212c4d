#include "bench/harness/open_load.h"

#include <unordered_map>

#include "bench/harness/failure.h"
#include "bench/harness/machine.h"
#include "bench/harness/progress.h"

namespace freshet::bench {
namespace {

constexpr double patience_seconds = 60;

}  // namespace

OpenDone run_open(const OpenOptions& options, Workload& workload, Watched& watched,
                  const std::function<double()>& server_cpu_now) {
    const double between_ns = ns_per_second / options.rate;
    const auto warm_up = static_cast<std::uint64_t>(options.rate * options.warm_up_seconds);
    const auto records = warm_up + static_cast<std::uint64_t>(options.rate * options.seconds);
    // By order, until it was heard of: meanwhile nothing else of the order is sent, so that
    // connections do not swap its records.
    std::unordered_map<std::uint64_t, std::uint64_t> intended;
    std::string record;  // the next one; empty after the last
    std::uint64_t order = 0;
    OpenDone done;
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;
    const std::uint64_t begin = now_ns();
    std::uint64_t counted_from = begin;

    const auto hear = [&](std::uint64_t heard_of) {
        const auto at = intended.find(heard_of);
        if (at == intended.end()) return;
        if (heard++ >= warm_up) done.latency.add(now_ns() - at->second);
        intended.erase(at);
    };
    while (heard < records) {
        check_stop();
        say_progress_at_times(heard, "records heard of");
        const std::uint64_t due =
            begin + static_cast<std::uint64_t>(static_cast<double>(sent) * between_ns);
        const std::uint64_t now = now_ns();
        if (record.empty() && sent < records) order = workload.next(record);
        const bool can_send = !record.empty() && now >= due && watched.can_send();
        if (can_send && intended.emplace(order, due).second) {
            if (sent == warm_up) {
                counted_from = now;
                done.client_cpu = -own_cpu_seconds();
                done.server_cpu = -server_cpu_now();
            }
            watched.send(record, order);
            record.clear();
            ++sent;
        }
        watched.receive(hear);
        if (now > due && seconds_since(due) > patience_seconds) {
            throw Failure("the subscriber has not heard of " + std::to_string(sent - heard) +
                          " records; try a lower --rate");
        }
    }
    done.records = records - warm_up;
    done.seconds = seconds_since(counted_from);
    done.client_cpu += own_cpu_seconds();
    done.server_cpu += server_cpu_now();
    return done;
}

}  // namespace freshet::bench
