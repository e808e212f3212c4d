// How fast functions are fed, and what they cost those who write.
//
//     feeding   records of the log to an endpoint that answers at once, by one lane and by ten;
//               beside wrk, which sends it the same body again and again
//     paused    writers beside a function that is paused, and beside none
//     slow      writers beside ten functions whose endpoint takes its time, and beside none
//
// The bounds: 0.8 of wrk's records; a paused function costs nothing; with ten slow ones, the 99th
// percentile of a write is 1.1 times that with none at most.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/asked_number.h"
#include "bench/harness/endpoint.h"
#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/load.h"
#include "bench/harness/machine.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/timed_writers.h"
#include "bench/harness/written.h"
#include "bench/peers/peers.h"

namespace freshet::bench {
namespace {

constexpr std::array<unsigned, 2> factors = {1, 10};
constexpr unsigned slow_functions = 10;
constexpr unsigned slow_ms = 200;
constexpr double patience_seconds = 60;  // between two calls

std::string path_of(const std::string& function, const std::string& order = "") {
    return "/functions/" + function + order;
}

Case case_of(const std::string& work, const std::string& unit, const std::string& subject) {
    return {.scenario = "functions", .work = work, .unit = unit, .subject = subject};
}

std::string name_of(unsigned lanes) {
    return "lanes-" + std::to_string(lanes);
}

// A server with records in its log, and a function for each factor, which are paused. All rounds
// feed the same records: each puts the function to the beginning again.
class FedServer {
public:
    FedServer(const Plan& plan, const Subject& subject)
        : records_(plan.records),
          measured_(plan, subject, {}, {}, {.functions = functions_at(endpoint_.port())}) {
        for (const unsigned lanes : factors) order(name_of(lanes), "/pause");
        Workload workload({.seed = plan.seed, .orders = plan.orders.front(), .skew = plan.skew});
        measured_.fill(workload);
        measured_.write(workload, plan.records);
        records_ = workload.records();
        server().settle();
    }

    // Hands over all records. Throws a Failure unless each was taken, and was so once.
    Round feed(unsigned lanes) {
        const std::string name = name_of(lanes);
        const std::uint64_t before = taken_of(name);
        order(name, "/place", R"({"place":"trim_horizon"})");
        AskedNumber taken(server().port(), path_of(name),
                          [](const std::string& body) { return number_in(body, "taken"); });
        endpoint_.forget();
        const double server_before = server().cpu_seconds();
        const double own_before = own_cpu_seconds();
        std::uint64_t begun = now_ns();
        order(name, "/resume");
        while (taken.number() < before + records_) {
            endpoint_.serve(1);
            taken.look();
            begun = std::max(begun, endpoint_.heard().last_at_ns);
            if (seconds_since(begun) > patience_seconds) {
                throw Failure("a function is not called: " +
                              http_get(server().port(), path_of(name)).body);
            }
        }
        Round round{.server_cpu = server().cpu_seconds() - server_before,
                    .client_cpu = own_cpu_seconds() - own_before};
        order(name, "/pause");
        check_kept(name, "records taken", taken_of(name), before + records_);
        const Endpoint::Heard& heard = endpoint_.heard();
        round.count = static_cast<double>(records_);
        round.seconds = static_cast<double>(heard.last_at_ns - heard.first_at_ns) / ns_per_second;
        round.more = {{"records a call", round.count / static_cast<double>(heard.calls)},
                      {"MB/s", static_cast<double>(heard.bytes) / 1e6 / round.seconds}};
        return round;
    }

    [[nodiscard]] Endpoint& endpoint() { return endpoint_; }

private:
    [[nodiscard]] Server& server() { return measured_.server(); }

    static std::vector<FunctionOptions> functions_at(std::uint16_t port) {
        std::vector<FunctionOptions> functions;
        functions.reserve(factors.size());
        for (const unsigned lanes : factors) {
            functions.push_back({.name = name_of(lanes), .port = port, .lanes = lanes});
        }
        return functions;
    }

    void order(const std::string& function, const std::string& what,
               const std::string& json = "{}") {
        http_post(server().port(), path_of(function, what), json);
    }

    std::uint64_t taken_of(const std::string& function) {
        return number_in(http_get(server().port(), path_of(function)).body, "taken");
    }

    std::uint64_t records_;
    Endpoint endpoint_;
    MeasuredServer measured_;
};

double rate_of(const Round& round) {
    return round.seconds > 0 ? round.count / round.seconds : 0;
}

// Who calls the endpoint in place of Freshet, in the same round. Adds to Freshet's how much of
// theirs it is.
void add_with_peers(const Plan& plan, unsigned round, const Case& of, Round fed,
                    const FunctionCalls& calls, Report& report) {
    std::vector<std::pair<Case, Round>> theirs;
    for (const Peer& peer : peers_for(plan)) {
        if (peer.call == nullptr) continue;
        say_round("functions", round, of.work, std::string(peer.name));
        theirs.emplace_back(case_of(of.work, of.unit, std::string(peer.name)),
                            peer.call(plan, calls));
        const double rate = rate_of(theirs.back().second);
        fed.more.emplace_back("of " + std::string(peer.name), rate > 0 ? rate_of(fed) / rate : 0);
    }
    report.add(of, std::move(fed));
    for (auto& [by, done] : theirs) report.add(by, std::move(done));
}

void measure_feeding(const Plan& plan, Report& report) {
    std::deque<FedServer> servers;
    for (const Subject& subject : plan.subjects) {
        say_round("functions", 1, "records are loaded", subject.name);
        servers.emplace_back(plan, subject);
    }
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const unsigned lanes : factors) {
            const std::string work = "batches of " + std::to_string(function_batch) + ", factor " +
                                     std::to_string(lanes);
            for (std::size_t i = 0; i < servers.size(); ++i) {
                const std::string& name = plan.subjects[i].name;
                say_round("functions", round, work, name);
                Endpoint& endpoint = servers[i].endpoint();
                const Round fed = servers[i].feed(lanes);
                add_with_peers(
                    plan, round, case_of(work, "records", name), fed,
                    {.endpoint = endpoint, .body = endpoint.longest_body(), .connections = lanes},
                    report);
            }
        }
    }
}

// Writers of single records, each of which sends the next when the last is answered, with no
// function or with one that is paused.
Round write_beside(const Plan& plan, const Subject& subject, unsigned clients, bool has_function) {
    const Endpoint endpoint;  // which nobody shall call
    std::vector<FunctionOptions> functions;
    if (has_function) functions.push_back({.name = "paused", .port = endpoint.port()});
    MeasuredServer measured(plan, subject, {}, {}, {.functions = functions});
    const Server& server = measured.server();
    if (has_function) http_post(server.port(), path_of("paused", "/pause"));
    std::deque<Workload> lanes = lanes_of(plan, clients);
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane](std::string& out) {
            std::string record;
            lane.next(record);
            out += post_request(record);
            return 1U;
        });
    }
    const ClosedDone done = run_closed(
        {.port = server.port(), .warm_up_seconds = warm_up_seconds(plan), .seconds = plan.seconds},
        sources, [&] { return server.cpu_seconds(); });
    check_live_orders(subject.name, server, written_of(lanes));
    if (has_function) {
        check_kept(subject.name, "calls of a paused function",
                   number_in(http_get(server.port(), path_of("paused")).body, "calls"), 0);
    }
    return round_of(done);
}

// What a record costs as a multiple of what it does with no function: by the rate and by the
// server's processor.
void compare(Round& round, const Round& without) {
    const auto each = [](double cost, const Round& of) { return cost / of.count; };
    round.more = {
        {"seconds x", each(round.seconds, round) / each(without.seconds, without)},
        {"server us x", each(round.server_cpu, round) / each(without.server_cpu, without)}};
}

// Measures without functions and with them. In every other round the other way round, so that what
// is first is not always the same.
template <class Measure>
std::pair<Round, Round> without_and_with(unsigned round, const Measure& measure) {
    std::pair<Round, Round> done;
    const bool begins_with = round % 2 == 0;
    if (begins_with) done.second = measure(true);
    done.first = measure(false);
    if (!begins_with) done.second = measure(true);
    return done;
}

void measure_paused(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const unsigned clients : plan.clients) {
            const std::string work =
                std::to_string(clients) + (clients == 1 ? " client" : " clients");
            for (const Subject& subject : plan.subjects) {
                const std::string none = subject.name + ", no function";
                const std::string one = subject.name + ", one paused";
                auto [without, with] = without_and_with(round, [&](bool has_function) {
                    say_round("functions", round, work, has_function ? one : none);
                    return write_beside(plan, subject, clients, has_function);
                });
                compare(with, without);
                report.add(case_of(work, "records", none), without);
                report.add(case_of(work, "records", one), with);
            }
        }
    }
}

// Writers at the plan's rate, with no function or with slow ones.
Round write_at_rate(const Plan& plan, const Subject& subject, bool has_functions) {
    Endpoint endpoint(slow_ms);
    std::vector<FunctionOptions> functions;
    for (unsigned i = 0; has_functions && i < slow_functions; ++i) {
        functions.push_back({.name = "slow-" + std::to_string(i), .port = endpoint.port()});
    }
    MeasuredServer measured(plan, subject, {}, {}, {.functions = functions});
    const Server& server = measured.server();
    Workload workload(latency_load(plan));
    TimedWriters writers(server.port(), [&] { endpoint.serve(0); });
    Round round = watched_round(plan, workload, writers, [&] { return server.cpu_seconds(); });
    check_live_orders(subject.name, server, written_of(workload));
    if (!has_functions) return round;
    if (endpoint.heard().calls < slow_functions) {
        throw Failure("the slow functions were called " + std::to_string(endpoint.heard().calls) +
                      " times, so their figures are void; give more --seconds");
    }
    round.more = {{"calls/s", static_cast<double>(endpoint.heard().calls) / round.seconds}};
    return round;
}

void measure_slow(const Plan& plan, Report& report) {
    const std::string work =
        "writes, " + std::to_string(static_cast<std::uint64_t>(plan.rate)) + "/s";
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Subject& subject : plan.subjects) {
            const std::string none = subject.name + ", no function";
            const std::string ten = subject.name + ", ten slow ones";
            const auto [without, with] = without_and_with(round, [&](bool has_functions) {
                say_round("functions", round, work, has_functions ? ten : none);
                return write_at_rate(plan, subject, has_functions);
            });
            Case of = case_of(work, "records", none);
            of.is_at_a_rate = true;
            report.add(of, without);
            of.subject = ten;
            report.add(of, with);
        }
    }
}

}  // namespace

void measure_functions(const Plan& plan, Report& report) {
    if (plan.records > 0) measure_feeding(plan, report);
    measure_paused(plan, report);
    measure_slow(plan, report);
}

}  // namespace freshet::bench
