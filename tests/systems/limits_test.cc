// Limits of one client as whoever runs a Freshet meets them: somebody floods it from one address
// while others read, write and follow; and what the program says of a file that sets them wrong.
// Clients come by way of a proxy on this machine.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "tests/readers/event_reader.h"
#include "tests/readers/exposition.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::EventReader;
using support::HttpClient;

constexpr const char* config_text = R"(
[server]
listen = "127.0.0.1:0"
behind_proxy = true

[storage]
path = "data"

[limits]
address_requests_per_s = 5
address_burst = 50

[[table]]
name = "orders"
key  = ["pk"]

[[table.view]]
name   = "order"
fields = ["id=pk"]

[[table.event]]
type = "placed"
data = ["id=pk"]
)";

HttpHeaders from(const std::string& address) {
    return {"X-Forwarded-For: " + address};
}

std::string record(const std::string& id) {
    const std::string key = R"("pk":{"S":")" + id + R"("})";
    return R"({"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":{)" + key +
           R"(},"NewImage":{)" + key + "}}}";
}

TEST(LimitsSystem, AFloodFromOneAddressHoldsNobodyElseUp) {
    System system(config_text);
    ASSERT_TRUE(system.start());
    const std::uint16_t port = system.process().port();
    EventReader reader(port, "/events", from("198.51.100.1"));
    reader.await_bookmark();
    std::atomic<bool> flooding{true};
    std::atomic<int> refused{0};
    std::thread flood([&] {
        auto client = std::make_unique<HttpClient>(port);
        for (int i = 0; flooding; ++i) {
            // What it makes up for itself does not make it another.
            const auto made_up = std::to_string(i % 250) + ".1.2.3, 203.0.113.5";
            const HttpAnswer answer = client->get("/views/order/o-1", from(made_up));
            if (answer.status == 429) ++refused;
            if (answer.header("Connection") == "close") client = std::make_unique<HttpClient>(port);
        }
    });
    while (refused == 0) std::this_thread::yield();

    // From this machine, as a forwarder; and from elsewhere.
    for (int i = 0; i < 100; ++i) {
        system.append(record("o-" + std::to_string(i)), "/records?table=orders");
    }
    for (int i = 0; i < 30; ++i) {
        const std::string path = "/views/order/o-" + std::to_string(i);
        EXPECT_EQ(system.get(path, from("198.51.100.2")).status, 200);
    }
    EXPECT_EQ(reader.next_events(100).back().data, R"({"id":"o-99"})");

    flooding = false;
    flood.join();
    const support::Exposition metrics(system.get("/metrics").body);
    EXPECT_GE(metrics.value("freshet_http_limited_total", {{"limit", "address"}}).value_or(0),
              refused);
    EXPECT_EQ(metrics.value("freshet_http_limited_total", {{"limit", "streams"}}), 0);
    system.stop();
}

TEST(LimitsSystem, AFileThatSetsThemWrongIsRefused) {
    System system(with(config_text, "behind_proxy = true", "trusted_proxies = \"10.0.0.0/8\""));

    const ProcessEnd end = run({"check", system.config_path()});

    EXPECT_NE(end.exit_code, 0);
    EXPECT_TRUE(contains(end.output + end.errors,
                         "freshet.toml:4: found trusted_proxies, expected behind_proxy = true "
                         "beside it"))
        << end.output << end.errors;
}

}  // namespace
}  // namespace freshet::systems
