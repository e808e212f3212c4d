// Hosts with a network of addresses each, which open as many connections as they can, beside
// clients that only want to read, write and watch.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "tests/readers/event_reader.h"
#include "tests/readers/exposition.h"
#include "tests/support/own_network.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::EventReader;
using support::Exposition;
using support::HttpClient;
using support::in_own_network;

constexpr std::chrono::seconds client_deadline(30);

// The configuration of orders, with an address to listen on and these limits.
std::string config_of(const std::string& listen, const std::string& limits) {
    return with(orders_config, "127.0.0.1:0", listen) + "\n[limits]\n" + limits;
}

// Whether a request on a new connection from there is answered with 200.
bool is_answered(std::uint16_t port, const std::string& source, std::string_view path) {
    try {
        HttpClient client(port, source, client_deadline);
        return client.get(path).status == 200;
    } catch (const std::exception&) {
        return false;
    }
}

// A stream from there; nothing if the server has no place for one.
std::optional<HttpClient> watcher_from(std::uint16_t port, const std::string& source) {
    try {
        HttpClient watcher(port, source, client_deadline);
        watcher.send(
            "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
        const auto answer = watcher.read_answer();
        if (!answer || answer->status != 200) return std::nullopt;
        if (!answer->header("Content-Length").empty()) return std::nullopt;
        return watcher;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

Exposition metrics_of(System& system) {
    return Exposition(system.get("/metrics").body);
}

TEST(NetworksSystem, AHomeWithManyNetworksOfIpv6HasTheConnectionsOfFour) {
    in_own_network([] {
        System system(config_of("[::1]:0", "address_connections = 3\n"));
        system.process().start();
        const std::uint16_t port = system.process().port();
        std::vector<HttpClient> open;
        int refused = 0;
        for (int i = 0; i < 40; ++i) {
            // From a network of 64 bits each, all of them within 56.
            const std::string source = "2001:db8:1:" + std::to_string(i % 40) + "::1";
            HttpClient client(port, source, client_deadline);
            const HttpAnswer answer = client.get("/livez");
            if (answer.status == 429) {
                ++refused;
                EXPECT_TRUE(contains(answer.body,
                                     "too many connections of this network of 56 "
                                     "bits: it may have 12"))
                    << answer.body;
            } else {
                open.push_back(std::move(client));
            }
        }

        EXPECT_EQ(open.size(), 12U);
        EXPECT_EQ(refused, 28);
        EXPECT_TRUE(is_answered(port, "2001:db8:2::1", "/views/all-orders"));
        open.clear();
    });
}

TEST(NetworksSystem, SilentConnectionsFromEverywhereKeepNobodyOut) {
    in_own_network([] {
        System system(config_of("127.0.0.1:0", "connections = 64\n"));
        ASSERT_TRUE(system.start());
        const std::uint16_t port = system.process().port();
        std::vector<HttpClient> silent;
        int answered = 0;
        for (int i = 0; i < 300; ++i) {
            // Each from another network.
            silent.emplace_back(port, "198.18." + std::to_string(i % 250) + ".1", client_deadline);
            if (i < 100) continue;
            answered += is_answered(port, "198.19.0.1", "/views/all-orders") ? 1 : 0;
        }

        // A client that comes to a full server is refused at once, and finds a place the next time.
        EXPECT_GE(answered, 100);
        EXPECT_GT(metrics_of(system)
                      .value("freshet_http_connections_evicted_total", {{"reason", "silent"}})
                      .value_or(0),
                  100);
        silent.clear();
        system.stop();
    });
}

TEST(NetworksSystem, TheFullestNetworkGivesWayToOthers) {
    in_own_network([] {
        System system(config_of("127.0.0.1:0", "connections = 64\n"));
        ASSERT_TRUE(system.start());
        const std::uint16_t port = system.process().port();
        std::vector<EventReader> honest;
        for (int i = 0; i < 20; ++i) {
            honest.emplace_back(
                port, "/records", HttpHeaders{},
                EventReader::Options{.source = "198.19." + std::to_string(i) + ".1"});
            EXPECT_EQ(honest.back().status(), 200);
        }
        // One network takes all that is left, with streams, and then with reads of what never is.
        std::vector<HttpClient> greedy;
        for (int i = 0; i < 60; ++i) {
            auto watcher = watcher_from(port, "198.18.7." + std::to_string(i));
            if (watcher) greedy.push_back(*std::move(watcher));
        }
        for (int i = 0; i < 8; ++i) {
            greedy.emplace_back(port, "198.18.7." + std::to_string(100 + i), client_deadline);
            greedy.back().send(
                "GET /views/all-orders?min_position=999999&timeout_s=30 HTTP/1.1\r\n"
                "Host: localhost\r\n\r\n");
        }

        int tries = 0;
        while (!is_answered(port, "198.19.99.1", "/views/all-orders")) ASSERT_LT(++tries, 1'000);
        const Exposition metrics = metrics_of(system);
        system.append(event_of(inserted("order-1", 1).text()));

        EXPECT_GT(metrics.value("freshet_http_connections_evicted_total", {{"reason", "network"}})
                      .value_or(0),
                  0);
        // None of those who have one connection has lost it.
        for (EventReader& watcher : honest) {
            EXPECT_TRUE(contains(watcher.next_event().data, "order-1"));
        }
        honest.clear();
        greedy.clear();
        system.stop();
    });
}

}  // namespace
}  // namespace freshet::systems
