// A server whose process may open few files, as under systemd's default limit: those who watch take
// no place from storage, nor from those who write and ask whether it lives.

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <string>
#include <vector>

#include "tests/readers/exposition.h"
#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::Exposition;
using support::HttpClient;

// Of which 280 are for connections, and the last 35 of those for one request each.
const std::vector<std::string> with_few_descriptors{
    "/bin/sh", "-c", "ulimit -Sn 256 && ulimit -Hn 512 && exec \"$@\"", "sh"};

// Whether the stream begins, or is asked to come later.
bool begins_stream(HttpClient& watcher) {
    watcher.send("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    const auto answer = watcher.read_answer();
    EXPECT_TRUE(answer && answer->status == 200);
    return answer && answer->header("Content-Length").empty();
}

// Each thread needs some descriptors.
const std::string two_threads =
    with(orders_config, "listen = \"127.0.0.1:0\"\n", "listen = \"127.0.0.1:0\"\nthreads = 2\n");

TEST(DescriptorsSystem, WatchersLeaveRoomForWritesAndProbes) {
    System system(two_threads);
    system.process().start_through(with_few_descriptors);
    ASSERT_TRUE(system.start());
    const std::uint16_t port = system.process().port();
    std::vector<HttpClient> watchers;
    int asked_to_come_later = 0;
    for (int i = 0; i < 400; ++i) {
        HttpClient watcher(port);
        if (begins_stream(watcher)) {
            watchers.push_back(std::move(watcher));
        } else {
            ++asked_to_come_later;
        }
    }

    EXPECT_GT(watchers.size(), 200U);
    EXPECT_LT(watchers.size(), 280U);
    for (int i = 0; i < 50; ++i) {
        HttpClient writer(port);
        const std::string record = inserted("order-" + std::to_string(i), 1).text();
        const HttpAnswer written = writer.request(
            "POST", "/records", {"Content-Type: application/json"}, event_of(record));
        ASSERT_EQ(written.status, 200) << written.body;
        EXPECT_EQ(HttpClient(port).get("/livez").status, 200);
    }
    const Exposition metrics(HttpClient(port).get("/metrics").body);
    EXPECT_EQ(metrics.value("freshet_http_connections_max"), 280);
    EXPECT_EQ(metrics.value("freshet_http_connections_refused_total"), asked_to_come_later);
    EXPECT_EQ(metrics.value("process_max_fds"), 512);
    EXPECT_EQ(metrics.value("freshet_faults_total", {{"kind", "io"}}), 0);

    watchers.clear();
    system.begin_to_stop();
    const ProcessEnd end = system.process().wait();
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_TRUE(contains(end.errors,
                         "there is room for 280 connections, not for 10000 "
                         "(limits.connections): this process may open 512 files"))
        << end.errors;
}

TEST(DescriptorsSystem, ConnectionsThatAreIdleGiveWay) {
    System system(two_threads);
    system.process().start_through(with_few_descriptors);
    ASSERT_TRUE(system.start());
    const std::uint16_t port = system.process().port();
    std::vector<HttpClient> idle;
    for (int i = 0; i < 300; ++i) idle.emplace_back(port);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto connections = [port] {
        try {
            const Exposition metrics(HttpClient(port).get("/metrics").body);
            return metrics.value("freshet_http_connections").value_or(1'000);
        } catch (const std::exception&) {
            return 1'000.0;  // there was no room to ask
        }
    };

    // Once there is room again, no more of them have to go.
    while (connections() > 245) ASSERT_LT(std::chrono::steady_clock::now(), deadline);

    EXPECT_EQ(HttpClient(port).get("/livez").status, 200);
    idle.clear();
    system.stop();
}

TEST(DescriptorsSystem, AServerThatMayOpenTooFewFilesSaysSo) {
    System system(two_threads);

    const ProcessEnd end = support::run_program({"/bin/sh", "-c", "ulimit -n 200 && exec \"$@\"",
                                                 "sh", support::freshet_program(), "serve",
                                                 "--config", system.config_path()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors,
                         "this process may open 200 files and sockets, and needs at "
                         "least 248: raise the hard limit"))
        << end.errors;
}

TEST(DescriptorsSystem, CheckSaysWhatTheyAreEnoughFor) {
    const System system(two_threads);
    const auto check_with = [&system](const std::string& most) {
        return support::run_program({"/bin/sh", "-c", "ulimit -n " + most + " && exec \"$@\"", "sh",
                                     support::freshet_program(), "check", system.config_path()});
    };

    const ProcessEnd some = check_with("512");
    const ProcessEnd few = check_with("200");

    EXPECT_EQ(some.exit_code, 0);
    EXPECT_TRUE(contains(some.output, "files and sockets: 512, room for 280 connections\n"))
        << some.output;
    EXPECT_TRUE(contains(some.output, "warning: there is room for 280 connections, not for "))
        << some.output;
    EXPECT_TRUE(contains(few.output,
                         "warning: the server does not start: this process may open 200 files and "
                         "sockets, and needs at least 248: raise the hard limit"))
        << few.output;
}

}  // namespace
}  // namespace freshet::systems
