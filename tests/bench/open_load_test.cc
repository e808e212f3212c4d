#include "bench/harness/open_load.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr std::uint64_t ms = 1'000'000;

// Takes nothing for a while after its first record, and tells of each record when it is asked next.
class Stalling : public Watched {
public:
    explicit Stalling(std::uint64_t stall_ns) : stall_ns_(stall_ns) {}

    [[nodiscard]] bool can_send() const override {
        return first_sent_at_ == 0 || now_ns() - first_sent_at_ >= stall_ns_;
    }

    void send(const std::string& /*record*/, std::uint64_t order) override {
        if (first_sent_at_ == 0) first_sent_at_ = now_ns();
        sent_.push_back(order);
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        for (const std::uint64_t order : sent_) heard(order);
        sent_.clear();
    }

private:
    std::uint64_t stall_ns_;
    std::uint64_t first_sent_at_ = 0;
    std::vector<std::uint64_t> sent_;
};

double no_cpu() {
    return 0;
}

TEST(OpenLoad, CountsAStallInEachRecordThatItKeptWaiting) {
    // Given a server that takes nothing for 50 ms
    Stalling server(50 * ms);
    Workload workload({.orders = 1'000});

    // when a record was to be sent each millisecond
    const OpenDone done = run_open({.rate = 1'000, .seconds = 0.04}, workload, server, no_cpu);

    // then the second has waited for at least 49 of them, and the middle one for at least 29
    EXPECT_EQ(done.records, 40U);
    EXPECT_EQ(done.latency.count(), 40U);
    EXPECT_GE(done.latency.max(), 49 * ms);
    EXPECT_GE(done.latency.at_share(0.5), 29 * ms);
}

TEST(OpenLoad, DoesNotCountWhatWarmsUp) {
    Stalling server(0);
    Workload workload({.orders = 1'000});

    const OpenDone done = run_open({.rate = 10'000, .warm_up_seconds = 0.01, .seconds = 0.02},
                                   workload, server, no_cpu);

    EXPECT_EQ(done.records, 200U);
    EXPECT_EQ(done.latency.count(), 200U);
    EXPECT_EQ(workload.records(), 300U);
}

// Hears of a record only when so many others were sent, or nothing more can be.
class Slow : public Watched {
public:
    [[nodiscard]] bool can_send() const override { return true; }
    void send(const std::string& /*record*/, std::uint64_t order) override {
        for (const std::uint64_t other : unheard_) EXPECT_NE(other, order);
        unheard_.push_back(order);
        idle_ = 0;
    }
    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        constexpr int patience = 10'000;
        if (unheard_.empty() || (unheard_.size() < 3 && ++idle_ < patience)) return;
        heard(unheard_.front());
        unheard_.pop_front();
    }

private:
    std::deque<std::uint64_t> unheard_;
    int idle_ = 0;
};

TEST(OpenLoad, SendsNothingOfAnOrderBeforeItsLastRecordWasHeardOf) {
    Slow server;
    Workload workload({.orders = 2});

    const OpenDone done = run_open({.rate = 100'000, .seconds = 0.001}, workload, server, no_cpu);

    EXPECT_EQ(done.latency.count(), 100U);
}

}  // namespace
}  // namespace freshet::bench
