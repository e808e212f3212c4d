// What http/serving/long_work.h promises, by example.

#include "http/serving/long_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

namespace freshet::http {
namespace {

constexpr LimitKey ann{1};
constexpr LimitKey bob{2};
constexpr LimitKey cy{3};

TEST(LongWork, ClientsTakeTurns) {
    LongWork work;
    std::promise<void> begun;
    std::promise<void> may_end;
    std::promise<void> done;
    std::vector<std::string> order;
    work.do_soon(ann, [&] {
        begun.set_value();
        may_end.get_future().wait();
    });
    begun.get_future().wait();
    for (const char* name : {"ann 1", "ann 2", "ann 3"}) {
        work.do_soon(ann, [&order, name] { order.emplace_back(name); });
    }
    for (const char* name : {"bob 1", "bob 2"}) {
        work.do_soon(bob, [&order, name] { order.emplace_back(name); });
    }
    work.do_soon(cy, [&order] { order.emplace_back("cy 1"); });
    EXPECT_EQ(work.waiting(), 6U);

    may_end.set_value();
    work.do_soon(ann, [&done] { done.set_value(); });
    done.get_future().wait();

    EXPECT_EQ(order,
              (std::vector<std::string>{"ann 1", "bob 1", "cy 1", "ann 2", "bob 2", "ann 3"}));
}

TEST(LongWork, WhatHasNotBegunWhenItStopsIsNeverDone) {
    std::atomic<int> done{0};
    std::promise<void> begun;
    std::promise<void> may_end;
    LongWork work;
    const auto count = [&done] { ++done; };
    work.do_soon(ann, [&] {
        begun.set_value();
        may_end.get_future().wait();
    });
    begun.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { work.stop(); });
    // As soon as it stops, nothing more is taken.
    std::size_t waiting = 0;
    do {
        waiting = work.waiting();
        work.do_soon(bob, count);
    } while (work.waiting() > waiting);
    may_end.set_value();
    stopped.get();

    EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace freshet::http
