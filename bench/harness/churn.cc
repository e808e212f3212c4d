#include <cstdint>
#include <string>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/load.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"

namespace freshet::bench {
namespace {

constexpr std::uint64_t orders_on_board = 1'000;
constexpr std::uint64_t rows_of_page = 50;
constexpr const char* page = "/views/all-orders?limit=50";

// One reader, page after page.
Round read_pages(const Plan& plan, const Server& server, std::uint64_t rows) {
    const HttpAnswer answer = http_get(server.port(), page);
    check_answer(answer, page);
    const std::uint64_t rows_there = members_in(answer.body, "id");
    if (rows_there != rows) {
        throw Failure("a page has " + std::to_string(rows_there) + " rows, not " +
                      std::to_string(rows));
    }
    const std::string request = get_request(page);
    const RequestSource source = [&request](std::string& out) {
        out += request;
        return 1U;
    };
    const ClosedDone done = run_closed(
        {.port = server.port(), .warm_up_seconds = warm_up_seconds(plan), .seconds = plan.seconds},
        {source}, [&] { return server.cpu_seconds(); });
    return round_of(done);
}

void measure_board(const Plan& plan, unsigned round, const Subject& subject, Report& report) {
    MeasuredServer measured(plan, subject);
    const Server& server = measured.server();
    Workload workload({.seed = plan.seed, .orders = orders_on_board});
    double fresh_cost = 0;
    const auto read = [&](const std::string& work, std::uint64_t rows) {
        say_round("churn", round, work, subject.name);
        Round pages = read_pages(plan, server, rows);
        const double cost = pages.server_cpu / pages.count;
        if (fresh_cost == 0) fresh_cost = cost;
        pages.more = {{"server us x", cost / fresh_cost}};
        report.add({.scenario = "churn",
                    .work = "page of 50: " + work,
                    .unit = "pages",
                    .subject = subject.name},
                   pages);
    };
    measured.write(workload, orders_on_board);
    server.settle();
    read("fresh board", rows_of_page);

    say_round("churn", round, "orders come and go", subject.name);
    if (plan.records > 0) measured.write(workload, plan.records);
    const std::string later = std::to_string(plan.records) + " records later";
    read(later, rows_of_page);
    server.settle();
    read(later + ", settled", rows_of_page);

    send_bulk(server.port(), [&](std::string& out) { return workload.wind_up(out); });
    read("empty board", 0);
}

}  // namespace

void measure_churn(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Subject& subject : plan.subjects) measure_board(plan, round, subject, report);
    }
}

}  // namespace freshet::bench
