#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/order_text.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/timed_writers.h"
#include "bench/harness/watchers.h"

namespace freshet::bench {
namespace {

// So many are in the making, and change in turn. The board shows those that are not completed,
// about four of five: so each record changes it.
constexpr std::uint64_t orders_in_the_making = 60;
constexpr std::size_t idle_max = 10'000;
constexpr const char* idle_connections = "connections = 11000";
constexpr const char* board = "/views/all-orders?limit=50";

// What is measured beside the records.
struct Watching {
    std::string work;
    std::size_t count = 0;
    std::size_t unread = 0;       // of them
    std::string parameters = {};  // behind the board's own
    bool is_of_orders = false;    // each watches an order of its own, and any of these changes
};

std::string order_view(const Workload& workload, std::size_t number) {
    std::string target = "/views/order/";
    append_order_key(target, workload.order_at(number));
    return target;
}

// Its orders are placed.
Workload load_for(const Plan& plan, const Watching& watching, MeasuredServer& measured) {
    if (watching.is_of_orders) {
        Workload workload({.seed = plan.seed, .orders = watching.count, .skew = Skew::uniform});
        measured.fill(workload);
        return workload;
    }
    Workload workload({.seed = plan.seed, .orders = orders_in_the_making});
    measured.write(workload, orders_in_the_making * versions_of_a_life);
    return workload;
}

double resident_mb(const Server& server) {
    return static_cast<double>(resident_bytes_of(server.pid())) / 1e6;
}

Round measure_once(const Plan& plan, const Subject& subject, const Watching& watching) {
    MeasuredServer measured(plan, subject);
    const Server& server = measured.server();
    Workload workload = load_for(plan, watching, measured);
    const auto target = [&](std::size_t number) {
        return watching.is_of_orders ? order_view(workload, number) : board + watching.parameters;
    };
    Watchers watchers(server.port(), watching.count, target, watching.unread);
    TimedWriters writers(
        server.port(), [&] { watchers.receive(); },
        [&](const HttpAnswer& answer) {
            watchers.note_acknowledged(number_in(answer.body, "position"));
        });
    bool is_counting = false;
    Round round = watched_round(plan, workload, writers, [&] {
        if (!std::exchange(is_counting, true)) watchers.begin_count();
        return server.cpu_seconds();
    });
    const auto frames = static_cast<double>(watchers.frames());
    round.more = {{"cores", round.server_cpu / round.seconds},
                  {"frames/s", frames / round.seconds},
                  {"MB/s", static_cast<double>(watchers.bytes()) / 1e6 / round.seconds},
                  {"RSS max MB", static_cast<double>(resident_bytes_max_of(server.pid())) / 1e6}};
    // An order is not touched by most of the records that its watcher lacks.
    if (watching.is_of_orders || watching.count == 0) return round;
    const Latency late = latency_of(watchers.lateness());
    round.more.emplace_back("late p50 ms", late.p50_us / 1e3);
    round.more.emplace_back("late p99 ms", late.p99_us / 1e3);
    round.more.emplace_back("late max ms", late.max_us / 1e3);
    return round;
}

// Ten times as many, each of an order of its own, of which none changes.
Round measure_idle(const Plan& plan, const Subject& subject, std::size_t count) {
    MeasuredServer measured(plan, subject, {}, {idle_connections});
    const Server& server = measured.server();
    Workload workload({.seed = plan.seed, .orders = count, .skew = Skew::uniform});
    measured.fill(workload);
    measured.server().settle();
    const double before = resident_mb(server);
    const double cpu_before = server.cpu_seconds();
    const std::uint64_t begun = now_ns();
    const Watchers watchers(server.port(), count,
                            [&](std::size_t number) { return order_view(workload, number); });
    const double bytes_each = (resident_mb(server) - before) * 1e6 / static_cast<double>(count);
    return {.count = static_cast<double>(count),
            .seconds = seconds_since(begun),
            .server_cpu = server.cpu_seconds() - cpu_before,
            .more = {{"KiB each", bytes_each / 1'024}}};
}

}  // namespace

void measure_watch(const Plan& plan, Report& report) {
    const std::string watchers = std::to_string(plan.watchers) + " watchers";
    const std::vector<Watching> all = {
        {.work = "board: no watcher"},
        {.work = "board: " + watchers + ", every 250 ms",
         .count = plan.watchers,
         .parameters = "&every_ms=250"},
        {.work = "board: " + watchers, .count = plan.watchers},
        {.work = "board: " + watchers + ", a tenth never reads",
         .count = plan.watchers,
         .unread = plan.watchers / 10},
        {.work = "orders: " + watchers + ", one each",
         .count = plan.watchers,
         .is_of_orders = true},
    };
    const std::size_t idle = std::min(plan.watchers * 10, idle_max);
    allow_connections(std::max(plan.watchers, idle));
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Subject& subject : plan.subjects) {
            for (const Watching& watching : all) {
                say_round("watch", round, watching.work, subject.name);
                report.add({.scenario = "watch",
                            .work = watching.work,
                            .unit = "records",
                            .subject = subject.name,
                            .is_at_a_rate = true},
                           measure_once(plan, subject, watching));
            }
            const std::string work = std::to_string(idle) + " begin, one order each, and are idle";
            say_round("watch", round, work, subject.name);
            report.add(
                {.scenario = "watch", .work = work, .unit = "watchers", .subject = subject.name},
                measure_idle(plan, subject, idle));
        }
    }
}

}  // namespace freshet::bench
