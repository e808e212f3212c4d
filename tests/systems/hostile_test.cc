// Clients that hold connections and give nothing for them: half a request, a byte now and then, an
// answer that they do not read. Nothing changes for the others: no stream of theirs is cut, what is
// written is acknowledged, and each of them is told of all of it.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/readers/exposition.h"
#include "tests/readers/live_client.h"
#include "tests/support/own_network.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

using support::HttpClient;
using support::in_own_network;

// An address may have 32 streams and 64 connections, and its network some hundreds.
std::string address_in(const std::string& block, std::size_t number) {
    constexpr std::size_t clients_of_address = 15;
    constexpr std::size_t addresses_of_network = 10;
    const std::size_t address = number / clients_of_address;
    return block + "." + std::to_string(address / addresses_of_network) + "." +
           std::to_string(1 + address % addresses_of_network);
}
std::string hostile_address(std::size_t number) {
    return address_in("198.18", number);
}
std::string address(std::size_t number) {
    return address_in("198.19", number);
}

// The clients of this program are thousands.
bool allow_many_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

double value(System& system, const std::string& metric) {
    return support::Exposition(system.get("/metrics").body).value(metric).value_or(-1);
}

double slow_cuts(System& system) {
    return support::Exposition(system.get("/metrics").body)
        .value("freshet_subscribers_cut_total", {{"reason", "slow"}})
        .value_or(0);
}

// That are open, or gave way to others.
double connections_seen(System& system) {
    return value(system, "freshet_http_connections") +
           value(system, "freshet_http_connections_evicted_total");
}

// The board as a page shows it that is told of changes.
class Board {
public:
    Board(std::uint16_t port, const std::string& source)
        : reader_(port, "/views/all-orders?limit=20", {}, {.source = source}) {
        while (!has_snapshot_) take_next();
    }

    // Reads on until it shows the same as `body`, on the connection that it began with.
    void await(const std::string& body) {
        while (client_.document() + "\n" != body) take_next();
    }

private:
    // Throws, and so fails the test, if the stream is cut.
    void take_next() {
        const Frame frame = reader_.next().value();
        if (frame.event == "snapshot") {
            EXPECT_FALSE(has_snapshot_) << "it was told of a change as if it had nothing";
            has_snapshot_ = true;
            client_.take_snapshot(frame.data);
        } else if (frame.event == "change") {
            client_.take_change(frame.data);
        }
    }

    EventReader reader_;
    support::LiveClient client_;
    bool has_snapshot_ = false;
};

// What somebody sends who does not mean to finish, a byte at a time.
class SlowSender {
public:
    SlowSender(std::uint16_t port, std::size_t number)
        : client_(port, hostile_address(number)),
          text_(number % 2 == 0
                    ? "GET /views/order/order-1 HTTP/1.1\r\nHost: localhost\r\nX-Long: "
                    : "POST /records HTTP/1.1\r\nHost: localhost\r\n"
                      "Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n") {}

    void send_byte() { client_.send(std::string(1, sent_ < text_.size() ? text_[sent_++] : 'x')); }

private:
    HttpClient client_;
    std::string text_;
    std::size_t sent_ = 0;
};

// As much of a request as leaves the server waiting, in one of several places.
std::string half_a_request(std::size_t number) {
    const std::string host = " HTTP/1.1\r\nHost: localhost\r\n";
    const std::string post = "POST /records" + host + "Content-Type: application/json\r\n";
    const std::vector<std::string> halves = {
        "",
        "GET",
        "GET /events HTTP/1.1\r\nHost: local",
        "GET /live?view=order/a" + host + "Accept: text/event-stream\r\n",
        post + "Content-Length: 400\r\n\r\n[{\"eventName\":",
        post + "Transfer-Encoding: chunked\r\n\r\n5\r\n[{\"e",
    };
    return halves[number % halves.size()];
}

std::string change(std::size_t number, const std::string& status) {
    return order_record("order-" + std::to_string(number % 20), number + 1, status);
}

TEST(HostileSystem, ThousandsOfHalfRequestsAndSlowOnesChangeNothingForOthers) {
    in_own_network([] {
        constexpr std::size_t half_open_count = 5'000;
        constexpr std::size_t slow_count = 60;
        constexpr std::size_t watchers_count = 60;
        constexpr std::size_t records = 300;
        ASSERT_TRUE(allow_many_files());
        System system(watched_config());
        ASSERT_TRUE(system.start());
        const std::uint16_t port = system.process().port();
        for (std::size_t i = 0; i < 20; ++i) system.append(change(i, "NEW"));
        std::vector<std::unique_ptr<Board>> boards;
        std::vector<EventReader> readers;
        for (std::size_t i = 0; i < watchers_count; ++i) {
            const std::string source = address(i);
            boards.push_back(std::make_unique<Board>(port, source));
            readers.emplace_back(port, "/events", HttpHeaders{},
                                 support::ReaderOptions{.source = source});
            readers.back().await_bookmark();
        }

        std::vector<HttpClient> half_open;
        for (std::size_t i = 0; i < half_open_count; ++i) {
            half_open.emplace_back(port, hostile_address(i));
            half_open.back().send(half_a_request(i));
        }
        std::vector<SlowSender> slow;
        std::vector<EventReader> slow_readers;
        for (std::size_t i = 0; i < slow_count; ++i) {
            slow.emplace_back(port, half_open_count + i);
            slow_readers.emplace_back(
                port, "/events", HttpHeaders{},
                support::ReaderOptions{.receive_buffer = 4'096,
                                       .source = hostile_address(half_open_count + i)});
        }
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (connections_seen(system) < half_open_count) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it has not met them";
        }

        for (std::size_t i = 20; i < 20 + records; ++i) {
            system.append(change(i, "status-" + std::to_string(i)));  // expects 200
            for (SlowSender& sender : slow) sender.send_byte();
            for (EventReader& reader : slow_readers) reader.receive(1);
            for (EventReader& reader : readers) {
                ASSERT_EQ(position_in(*reader.next_event().id), i + 1);
            }
        }

        const std::string shown = system.get("/views/all-orders?limit=20").body;
        for (const auto& board : boards) board->await(shown);
        EXPECT_EQ(system.get("/livez").status, 200);
    });
}

TEST(HostileSystem, AHundredOfAThousandThatNeverReadTakeNothingFromTheOthers) {
    in_own_network([] {
        constexpr std::size_t readers_count = 900;
        constexpr std::size_t unread_count = 100;
        constexpr std::size_t rounds = 20;
        constexpr std::size_t records = 20;  // of a round: what others need not read at once
        constexpr std::size_t status_bytes = 512;
        ASSERT_TRUE(allow_many_files());
        System system(watched_config());
        ASSERT_TRUE(system.start());
        const std::uint16_t port = system.process().port();
        std::vector<EventReader> unread;
        for (std::size_t i = 0; i < unread_count; ++i) {
            unread.emplace_back(
                port, "/views/all-orders?limit=20", HttpHeaders{},
                support::ReaderOptions{.receive_buffer = 4'096, .source = hostile_address(i)});
        }
        std::vector<std::unique_ptr<Board>> boards;
        for (std::size_t i = 0; i < readers_count; ++i) {
            boards.push_back(std::make_unique<Board>(port, address(i)));
        }

        double held_max = 0;
        for (std::size_t i = 0; i < rounds * records; ++i) {
            system.append(change(i, std::to_string(i) + std::string(status_bytes, 'x')));
            if (i % records != records - 1) continue;
            held_max = std::max(held_max, value(system, "freshet_stream_held_bytes"));
            const std::string shown = system.get("/views/all-orders?limit=20").body;
            for (const auto& board : boards) board->await(shown);
        }

        // 64 KiB for each, and a frame.
        EXPECT_LT(held_max, unread_count * (65'536 + 20 * (status_bytes + 512)));
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (slow_cuts(system) < unread_count) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "they were not stalled";
        }
        EXPECT_EQ(slow_cuts(system), unread_count);
        system.append(change(0, "the last"));
        const std::string shown = system.get("/views/all-orders?limit=20").body;
        for (const auto& board : boards) board->await(shown);
    });
}

}  // namespace
}  // namespace freshet::systems
