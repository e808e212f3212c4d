// How long writers wait while very many items expire in the same second, against how long they wait
// while these are there and not due.
//
// The bound, of a million items: the longest wait is 100 ms longer at most, and the last item has
// gone 60 s after its time.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/asked_number.h"
#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/load.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/machine.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/order_text.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/write_request.h"
#include "bench/harness/writers.h"
#include "bench/harness/written.h"

namespace freshet::bench {
namespace {

constexpr std::uint64_t orders_of_a_part = 200'000;
constexpr std::size_t writes_of_a_transaction = 100;
constexpr double after_seconds = 1;       // that still count once the last has gone
constexpr double patience_seconds = 900;  // until then
constexpr const char* expired_total = "freshet_expired_total";
constexpr std::uint64_t day_seconds = 86'400;

// A second of the wall clock, and when that is on the clock that only rises.
struct DueSecond {
    std::uint64_t since_1970;
    std::uint64_t at_ns;
};

DueSecond due_after(double lead_seconds) {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto wall_ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count());
    const double seconds = static_cast<double>(wall_ns) / ns_per_second + lead_seconds;
    const auto due = static_cast<std::uint64_t>(seconds) + 1;
    const auto due_ns = due * static_cast<std::uint64_t>(ns_per_second);
    return {.since_1970 = due, .at_ns = now_ns() + (due_ns - wall_ns)};
}

double seconds_until(std::uint64_t at_ns) {
    return (static_cast<double>(at_ns) - static_cast<double>(now_ns())) / ns_per_second;
}

// How many items have expired.
AskedNumber expired_count(std::uint16_t port) {
    return {port, "/metrics",
            [](const std::string& body) { return metric_in(body, expired_total); }};
}

// The orders that expire first, and then those of each writer, which outlive the run.
std::deque<Workload> loads_of(const Plan& plan, unsigned clients, const DueSecond& due) {
    std::deque<Workload> loads;
    for (unsigned lane = 0; lane <= clients; ++lane) {
        const bool is_due = lane == 0;
        loads.emplace_back(WorkloadOptions{
            .seed = plan.seed,
            .orders =
                is_due ? plan.items : std::max<std::uint64_t>(1, plan.orders.front() / clients),
            .skew = Skew::uniform,
            .lane = lane,
            .lanes = clients + 1,
            .expires_at = is_due ? due.since_1970 : due.since_1970 + day_seconds});
    }
    return loads;
}

// Sends the records as transactions.
void send_transactions(std::uint16_t port, const RecordSource& source) {
    Writers writers(port, take_any_success);
    std::string record;
    bool more = true;
    while (more) {
        std::vector<std::string> records;
        while (more && records.size() < writes_of_a_transaction) {
            more = source(record);
            if (more) records.push_back(std::exchange(record, {}));
        }
        if (records.empty()) break;
        while (!writers.can_send()) writers.receive();
        writers.send(transaction_request(records));
        check_stop();
    }
    writers.receive_all();
}

// Loads a server, and measures how long its writers wait.
class ExpiringServer {
public:
    ExpiringServer(const Plan& plan, const Subject& subject, unsigned clients)
        : plan_(plan),
          name_(subject.name),
          due_(due_after(plan.lead_seconds)),
          loads_(loads_of(plan, clients, due_)),
          measured_(plan, subject, {}, {}, {.is_direct = !plan.is_stream, .expires = true}) {
        for (Workload& load : loads_) place_orders(load);
        measured_.server().settle();
    }

    // Until they are due. Throws a Failure if too little time is left.
    Round measure_before() {
        const double needed = plan_.seconds + warm_up_seconds(plan_);
        const double left = seconds_until(due_.at_ns);
        if (left < needed) {
            throw Failure("loading has left " + std::to_string(left) +
                          " s until the items expire; give a longer --lead, or fewer --items");
        }
        pause_ms(static_cast<unsigned>((left - needed) * 1e3));
        AskedNumber expired = expired_count(port());  // asks as much as it will then
        return round_of(write(warm_up_seconds(plan_), [&] {
            expired.look();
            return now_ns() >= due_.at_ns;
        }));
    }

    // From then until the last has gone. `before` is what came before that.
    Round measure_expiry(const Round& before) {
        AskedNumber expired = expired_count(port());
        std::uint64_t gone_at = 0;
        Round round = round_of(write(0, [&] {
            expired.look();
            if (gone_at == 0 && expired.number() >= plan_.items) gone_at = now_ns();
            if (gone_at == 0 && seconds_since(due_.at_ns) > patience_seconds) {
                throw Failure("of " + std::to_string(plan_.items) + " items, only " +
                              std::to_string(expired.number()) + " have expired so far");
            }
            return gone_at > 0 && seconds_since(gone_at) >= after_seconds;
        }));
        const double longer_us =
            round.latency.value_or(Latency{}).max_us - before.latency.value_or(Latency{}).max_us;
        const double seconds = static_cast<double>(gone_at - due_.at_ns) / ns_per_second;
        round.more = {{"max ms longer", longer_us / 1e3},
                      {"s until gone", seconds},
                      {"items/s", static_cast<double>(plan_.items) / seconds}};
        return round;
    }

    // Throws a Failure unless what expired has gone, once each, and all else is there.
    void check() {
        check_kept(name_, "items that have expired",
                   metric_in(http_get(port(), "/metrics").body, expired_total), plan_.items);
        check_kept(name_, "records in its log", number_in(http_get(port(), "/status").body, "head"),
                   written_of(loads_).records + plan_.items);
        std::set<std::string> partitions;
        for (std::uint32_t version = 0; version < versions_of_a_life; ++version) {
            partitions.emplace(status_of(version));
        }
        LocalSocket socket(port());
        std::uint64_t rows = 0;
        for (std::string status : partitions) {
            for (std::size_t at = 0; (at = status.find(' ')) != status.npos;) {
                status.replace(at, 1, "%20");
            }
            rows += rows_of(socket, "/views/orders-by-status/" + status + "?limit=1000");
        }
        check_kept(name_, "live orders", rows, written_of(loads_).live - plan_.items);
    }

private:
    [[nodiscard]] std::uint16_t port() { return measured_.server().port(); }

    // In parts, each of which is flushed and compacted before the next: else a server on one core
    // falls behind in the end, and refuses what comes then.
    void place_orders(Workload& load) {
        std::string next;
        bool has_next = load.fill(next);
        while (has_next) {
            std::uint64_t left = orders_of_a_part;
            const RecordSource source = [&](std::string& out) {
                if (!has_next || left == 0) return false;
                --left;
                out += std::exchange(next, {});
                has_next = load.fill(next);
                return true;
            };
            if (plan_.is_stream) {
                send_bulk(port(), source);
            } else {
                send_transactions(port(), source);
            }
            if (has_next) measured_.server().settle();
        }
    }

    ClosedDone write(double warm_up_seconds, std::function<bool()> is_over) {
        std::vector<RequestSource> sources;
        for (std::size_t i = 1; i < loads_.size(); ++i) {
            sources.emplace_back([this, &load = loads_[i]](std::string& out) {
                std::string record;
                load.next(record);
                out += plan_.is_stream ? post_request(record) : write_request(record);
                return 1U;
            });
        }
        return run_closed({.port = port(),
                           .warm_up_seconds = warm_up_seconds,
                           .is_over = std::move(is_over),
                           .take_answer = take_any_success},
                          sources, [this] { return measured_.server().cpu_seconds(); });
    }

    const Plan& plan_;
    const std::string name_;
    const DueSecond due_;
    std::deque<Workload> loads_;
    MeasuredServer measured_;
};

void measure_once(const Plan& plan, unsigned round, const Subject& subject, unsigned clients,
                  Report& report) {
    const std::string writers = std::string(plan.is_stream ? "stream, " : "direct, ") +
                                std::to_string(clients) + (clients == 1 ? " client" : " clients");
    const auto add = [&](const std::string& work, const Round& done) {
        report.add({.scenario = "expire", .work = work, .unit = "writes", .subject = subject.name},
                   done);
    };
    const std::string items = std::to_string(plan.items) + " items ";
    say_round("expire", round, writers + ", " + items + "are loaded", subject.name);
    ExpiringServer server(plan, subject, clients);
    const std::string before = writers + ": none is due";
    say_round("expire", round, before, subject.name);
    const Round quiet = server.measure_before();
    const std::string then = writers + ": " + items + "expire";
    say_round("expire", round, then, subject.name);
    const Round expiry = server.measure_expiry(quiet);
    server.check();
    add(before, quiet);
    add(then, expiry);
}

}  // namespace

void measure_expire(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const unsigned clients : plan.clients) {
            for (const Subject& subject : plan.subjects) {
                measure_once(plan, round, subject, clients, report);
            }
        }
    }
}

}  // namespace freshet::bench
