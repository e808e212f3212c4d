#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/harness/http_exchange.h"
#include "bench/harness/load.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/write_request.h"
#include "bench/harness/written.h"
#include "bench/peers/peers.h"

namespace freshet::bench {
namespace {

constexpr unsigned writes_of_a_transaction = 10;

using Records = std::span<const std::string>;

// A way in for records.
struct Way {
    std::string_view name;
    std::string_view unit;
    unsigned records;  // of a request
    bool is_direct;
    std::string (*request)(Records records, std::uint64_t number);
    std::string_view for_peers = {};  // what peers do in its place, if anything
};

std::string post_of(Records records, std::uint64_t /*number*/) {
    return post_request(records.front());
}

std::string put_of(Records records, std::uint64_t /*number*/) {
    return write_request(records.front());
}

std::string named_put_of(Records records, std::uint64_t number) {
    return write_request(records.front(),
                         "Idempotency-Key: \"" + std::to_string(number) + "\"\r\n");
}

std::string transaction_of(Records records, std::uint64_t /*number*/) {
    return transaction_request(records);
}

// The first is what the others are told as multiples of.
constexpr std::array<Way, 4> ways = {
    Way{"PUT", "writes", 1, true, put_of, "UPDATE"},
    Way{"POST of a record", "writes", 1, false, post_of},
    Way{"PUT with a key", "writes", 1, true, named_put_of},
    Way{"transaction of ten", "transactions", writes_of_a_transaction, true, transaction_of,
        "transaction of ten"},
};

Round write_items(const Plan& plan, const Subject& subject, unsigned clients, const Way& way) {
    MeasuredServer measured(plan, subject, {}, {}, {.is_direct = way.is_direct});
    const Server& server = measured.server();
    std::deque<Workload> lanes = lanes_of(plan, clients);
    std::uint64_t number = 0;
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane, &way, &number](std::string& out) {
            std::vector<std::string> records(way.records);
            for (std::string& record : records) lane.next(record);
            out += way.request(records, number++);
            return 1U;
        });
    }
    const ClosedDone done = run_closed({.port = server.port(),
                                        .warm_up_seconds = warm_up_seconds(plan),
                                        .seconds = plan.seconds,
                                        .take_answer = take_any_success},
                                       sources, [&] { return server.cpu_seconds(); });
    check_server(subject.name, server, written_of(lanes));
    return round_of(done);
}

// Adds what each costs as a multiple of a PUT in the same round: by the rate and by the server's
// processor.
void compare(Round& round, const Round& put) {
    const auto add = [&](std::string name, double cost, double cost_of_put) {
        const double times = cost_of_put > 0 ? cost / round.count / (cost_of_put / put.count) : 0;
        round.more.emplace_back(std::move(name), times);
    };
    add("PUTs", round.seconds, put.seconds);
    add("server us x", round.server_cpu, put.server_cpu);
}

// The plan, with as many orders in the making for each client as a transaction has writes, which
// are of different orders.
Plan with_orders_for_transactions(Plan plan, unsigned clients) {
    std::uint64_t& orders = plan.orders.front();
    orders = std::max<std::uint64_t>(orders, std::uint64_t{clients} * writes_of_a_transaction);
    return plan;
}

// Measures a way in one round, and tells it beside the PUT of the round, unless it is that itself.
struct Turn {
    unsigned round;
    unsigned clients;
    Report& report;

    template <class Measure>
    Round add(const std::string& name, std::string_view unit, const Round* put,
              const Measure& measure) const {
        const std::string work = std::to_string(clients) + (clients == 1 ? " client" : " clients");
        say_round("direct", round, work, name);
        Round done = measure();
        if (put != nullptr) compare(done, *put);
        report.add({.scenario = "direct", .work = work, .unit = std::string(unit), .subject = name},
                   done);
        return done;
    }
};

// Returns the round of its PUT.
Round measure_subject(const Plan& plan, const Subject& subject, const Turn& turn) {
    Round put;
    for (const Way& way : ways) {
        const bool is_first = &way == ways.data();
        const Round round = turn.add(subject.name + ", " + std::string(way.name), way.unit,
                                     is_first ? nullptr : &put,
                                     [&] { return write_items(plan, subject, turn.clients, way); });
        if (is_first) put = round;
    }
    return put;
}

// What a peer does in place of those ways.
void measure_peer(const Plan& plan, const Peer& peer, const Turn& turn, const Round& put) {
    for (const Way& way : ways) {
        if (way.for_peers.empty()) continue;
        turn.add(std::string(peer.name) + ", " + std::string(way.for_peers), way.unit, &put,
                 [&] { return peer.direct(plan, turn.clients, way.records); });
    }
}

}  // namespace

void measure_direct(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const unsigned clients : plan.clients) {
            const Plan own = with_orders_for_transactions(plan, clients);
            const Turn turn{.round = round, .clients = clients, .report = report};
            std::vector<Round> puts;
            for (const Subject& subject : plan.subjects) {
                puts.push_back(measure_subject(own, subject, turn));
            }
            for (const Peer& peer : peers_for(plan)) {
                if (peer.direct != nullptr) measure_peer(own, peer, turn, puts.front());
            }
        }
    }
}

}  // namespace freshet::bench
