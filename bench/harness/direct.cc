#include <array>
#include <cstdint>
#include <deque>
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

namespace freshet::bench {
namespace {

// A way in for single records.
struct Way {
    std::string_view name;
    bool is_direct;
    void (*append)(std::string& out, const std::string& record, std::uint64_t number);
};

void append_post(std::string& out, const std::string& record, std::uint64_t /*number*/) {
    out += post_request(record);
}

void append_put(std::string& out, const std::string& record, std::uint64_t /*number*/) {
    out += write_request(record);
}

void append_named_put(std::string& out, const std::string& record, std::uint64_t number) {
    out += write_request(record, "Idempotency-Key: \"" + std::to_string(number) + "\"\r\n");
}

constexpr std::array<Way, 3> ways = {
    Way{"POST of a record", false, append_post},
    Way{"PUT", true, append_put},
    Way{"PUT with a key", true, append_named_put},
};

// 200, 201 or 204.
bool take_any_success(LocalSocket& socket) {
    const auto answer = take_answer(socket);
    if (answer && answer->status / 100 != 2) check_answer(*answer, "a write");
    return answer.has_value();
}

Round write_singles(const Plan& plan, const Subject& subject, unsigned clients, const Way& way) {
    MeasuredServer measured(plan, subject, {}, {}, way.is_direct);
    const Server& server = measured.server();
    std::deque<Workload> lanes = lanes_of(plan, clients);
    std::uint64_t number = 0;
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane, &way, &number](std::string& out) {
            std::string record;
            lane.next(record);
            way.append(out, record, number++);
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

}  // namespace

void measure_direct(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const unsigned clients : plan.clients) {
            const std::string work =
                std::to_string(clients) + (clients == 1 ? " client" : " clients");
            for (const Subject& subject : plan.subjects) {
                for (const Way& way : ways) {
                    const std::string name = subject.name + ", " + std::string(way.name);
                    say_round("direct", round, work, name);
                    report.add(
                        {.scenario = "direct", .work = work, .unit = "writes", .subject = name},
                        write_singles(plan, subject, clients, way));
                }
            }
        }
    }
}

}  // namespace freshet::bench
