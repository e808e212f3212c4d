// Many subscribers, slow ones and late ones: each hears everything, and nobody waits for the slow.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/readers/exposition.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

class SubscribersTest : public WatchingTest {};

// How many were cut because they did not read.
double slow_cuts(System& system) {
    return support::Exposition(system.get("/metrics").body)
        .value("freshet_subscribers_cut_total", {{"reason", "slow"}})
        .value_or(0);
}

std::uint64_t resident_kib(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;) {
        if (word != "VmRSS:") continue;
        std::uint64_t kib = 0;
        status >> kib;
        return kib;
    }
    ADD_FAILURE() << "the process does not say how much memory it has";
    return 0;
}

TEST_F(SubscribersTest, ThatAreNotReadDelayNobodyAndFillNoMemory) {
    constexpr int stalled_count = 40;
    constexpr int records = 32;
    constexpr std::size_t status_bytes = 512U << 10U;
    std::vector<EventReader> stalled;
    for (int i = 0; i < stalled_count; ++i) {
        stalled.emplace_back(port(), "/events", HttpHeaders{},
                             EventReader::Options{.receive_buffer = 4'096});
        stalled.back().await_bookmark();
    }
    EventReader reader = live(system);
    const std::uint64_t before = resident_kib(system.process().pid());

    for (int i = 0; i < records; ++i) {
        const auto sequence = static_cast<std::uint64_t>(i + 1);
        system.append(
            order_record("a", sequence, std::to_string(i) + std::string(status_bytes, 'x')));
        EXPECT_EQ(*reader.next_event().id,
                  epoch_in(reader.last_event_id()) + "." + std::to_string(i + 1));
    }

    // A copy for each of them would be 640 MiB.
    const std::uint64_t growth = resident_kib(system.process().pid()) - before;
    std::cout << "the server's memory grew by " << growth << " KiB\n";
    EXPECT_LT(growth, 256U << 10U);

    // Those that do not read are cut, and miss nothing when they come back.
    EventReader& one = stalled.front();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (slow_cuts(system) < stalled_count) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "they are not cut";
        std::this_thread::yield();
    }
    std::vector<Frame> events;
    while (auto frame = one.next()) {
        if (frame->fires && frame->event != "hello") events.push_back(*std::move(frame));
    }
    EXPECT_LT(events.size(), static_cast<std::size_t>(records));
    one.reconnect(port());
    while (events.size() < records) events.push_back(one.next_event());
    for (std::size_t i = 0; i < records; ++i) {
        EXPECT_EQ(position_in(*events[i].id), i + 1);
    }
}

// Takes as long as the server lets a stream be silent, about fifteen seconds.
TEST_F(SubscribersTest, HearABookmarkWhereNothingIsForThem) {
    EventReader reader = live(system, "/events?type=order-canceled");
    for (std::uint64_t i = 1; i <= 3; ++i) {
        system.append(order_record("a", i, std::to_string(i)));
    }

    const auto frame = reader.next();

    ASSERT_TRUE(frame.has_value());
    EXPECT_TRUE(frame->is_bookmark()) << *frame;
    EXPECT_EQ(position_in(*frame->id), 3U);
}

TEST_F(SubscribersTest, ReachAHundredSubscribersAlike) {
    constexpr int subscribers = 100;
    constexpr std::uint64_t changes = 30;
    std::vector<EventReader> readers;
    for (int i = 0; i < subscribers; ++i) readers.push_back(live(system));

    for (std::uint64_t i = 1; i <= changes; ++i) {
        system.append(order_record("a", i, std::to_string(i / 2)));
    }

    const std::vector<Heard> expected = events_of(system.log());
    for (EventReader& reader : readers) EXPECT_EQ(heard(reader.next_events(changes)), expected);
}

TEST_F(SubscribersTest, AreCaughtUpWithAndThenLive) {
    constexpr int batches = 6;
    constexpr int batch_records = 1'000;
    for (int batch = 0; batch < batches; ++batch) {
        std::string records;
        for (int i = 0; i < batch_records; ++i) {
            const std::string key = "order-" + std::to_string(batch * batch_records + i);
            records += (i == 0 ? "" : ",") + inserted(key, 1).text();
        }
        system.append(event_of(records));
    }
    EventReader reader = watch(from_earliest());

    for (int i = 0; i < batches * batch_records; ++i) {
        ASSERT_EQ(json(reader.next_event().data)["id"].text(), "order-" + std::to_string(i));
    }
    system.append(order_record("one-more", 1, "NEW"));

    EXPECT_EQ(json(reader.next_event().data)["id"].text(), "one-more");
}

}  // namespace
}  // namespace freshet::systems
