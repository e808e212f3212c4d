// A server on a machine, or in a group, that leaves it little memory or few threads.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/readers/exposition.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::Exposition;
using support::HttpClient;

const std::string with_half_a_gibibyte =
    with(orders_config, "[[table]]", "[limits]\nmemory_bytes = 536870912\n\n[[table]]");

constexpr double mebibyte = 1U << 20U;

TEST(MachineSystem, ASmallMachineMakesTheDefaultsSmallerAndSaysSo) {
    System system(with_half_a_gibibyte);
    ASSERT_TRUE(system.start());

    const JsonValue memory = system.read("/status")["memory"];
    const Exposition metrics(system.get("/metrics").body);

    EXPECT_EQ(memory["limit_bytes"].text(), "536870912");
    EXPECT_EQ(metrics.value("freshet_memory_limit_bytes"), 512 * mebibyte);
    EXPECT_GT(metrics.value("freshet_memory_planned_bytes").value_or(0), 256 * mebibyte);
    EXPECT_LE(metrics.value("freshet_memory_planned_bytes").value_or(0), 448 * mebibyte);
    EXPECT_LT(metrics.value("freshet_http_connections_max").value_or(0), 10'000);
    EXPECT_GE(metrics.value("freshet_http_connections_max").value_or(0), 256);
    EXPECT_GT(metrics.value("process_threads").value_or(0), 4);

    system.begin_to_stop();
    const ProcessEnd end = system.process().wait();
    EXPECT_TRUE(contains(end.errors, "limits.memory_bytes lets it have; ")) << end.errors;
    EXPECT_TRUE(contains(end.errors, " (of 10000), the ") || contains(end.errors, " (of 10000)\n"))
        << end.errors;
}

TEST(MachineSystem, WhatTheFileSetsTooLargeIsNamed) {
    System system(with(with_half_a_gibibyte, "[limits]", "[limits]\nqueue_bytes = 500000000"));
    ASSERT_TRUE(system.start());
    const ProcessEnd checked = run({"check", system.config_path()});

    system.begin_to_stop();
    const ProcessEnd end = system.process().wait();

    EXPECT_TRUE(contains(end.errors, "limits.queue_bytes (476 MiB)")) << end.errors;
    EXPECT_TRUE(contains(checked.output, "limits.queue_bytes (476 MiB)")) << checked.output;
    EXPECT_EQ(checked.exit_code, 0);
}

TEST(MachineSystem, CheckSaysWhatTheServerMayComeToTake) {
    const System system(with_half_a_gibibyte);

    const ProcessEnd checked = run({"check", system.config_path()});

    EXPECT_TRUE(contains(checked.output, "of the 512 MiB that limits.memory_bytes lets it have"))
        << checked.output;
    EXPECT_TRUE(contains(checked.output, "threads: ")) << checked.output;
    EXPECT_TRUE(contains(checked.output, "\nsmaller, to fit: ")) << checked.output;
    EXPECT_TRUE(contains(checked.output, "limits.connections ")) << checked.output;
    EXPECT_TRUE(contains(checked.output, " (of 10000)")) << checked.output;
}

// A page of most of a MiB for each of them, which none of them reads.
TEST(MachineSystem, ThoseWhoDoNotReadTheirAnswersHoldNoMoreThanThereIsMemoryFor) {
    System system(with_half_a_gibibyte);
    ASSERT_TRUE(system.start());
    for (int i = 0; i < 12; ++i) {
        const std::string id = "big-" + std::to_string(i);
        const std::string note = R"("note":{"S":")" + std::string(100'000, 'x') + "\"}";
        system.append(event_of(inserted(id, 1, note).text()));
    }
    const std::uint16_t port = system.process().port();
    const std::string ask = "GET /records?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::vector<std::unique_ptr<HttpClient>> greedy;
    for (int i = 0; i < 250; ++i) {
        greedy.push_back(std::make_unique<HttpClient>(port));
        greedy.back()->send(ask + ask + ask);
    }

    const auto held = [&] { return Exposition(HttpClient(port).get("/metrics").body); };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    double held_bytes = 0;
    double refused = 0;
    while (refused == 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        const Exposition metrics = held();
        held_bytes = std::max(held_bytes, metrics.value("freshet_http_answer_bytes").value_or(-1));
        refused = metrics.value("freshet_http_limited_total", {{"limit", "answers"}}).value_or(0);
    }

    EXPECT_GT(held_bytes, 1 * mebibyte);
    EXPECT_LE(held_bytes, 128 * mebibyte);
    EXPECT_LT(held().value("process_resident_memory_bytes").value_or(1e18), 448 * mebibyte);
    EXPECT_EQ(HttpClient(port).get("/livez").status, 200);
    system.append(event_of(inserted("after", 1).text()));
}

// Stacks as large as that leave room for two threads, also for root, whom no count of them limits.
TEST(MachineSystem, TooFewThreadsAreToldAtTheStart) {
    System system(orders_config);
    system.process().start_through(
        {"/bin/sh", "-c", "ulimit -s 4194304 && ulimit -v 12582912 && exec \"$@\"", "sh"});

    ASSERT_FALSE(system.process().start());
    const ProcessEnd end = system.process().wait();

    EXPECT_EQ(end.exit_code, 1) << end.errors;
    EXPECT_TRUE(contains(end.errors,
                         "the system lets this process have 2 more threads, and it "
                         "needs"))
        << end.errors;
    EXPECT_TRUE(contains(end.errors, "or lower server.threads")) << end.errors;
}

}  // namespace
}  // namespace freshet::systems
