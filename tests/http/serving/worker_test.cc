#include "http/serving/worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <future>

#include "http/routes/endpoints.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

// With no time between its ticks, one is nearly always due when the worker is told to stop. A
// worker that misses the stop never ends, and the test does not either.
TEST(WorkerTest, EndsThoughATickIsDueWhenItIsStopped) {
    constexpr std::chrono::milliseconds no_time(0);
    RouteShop shop;
    ConnectionRoom connections(100);
    Subscribers subscribers;
    std::atomic<std::size_t> held_bytes{0};
    std::atomic<std::size_t> catching_up{0};
    HttpMetrics metrics(shop.engine().metrics(), endpoint_paths(), {});
    Limits limits({}, {});
    AuditLog audit(nullptr);
    LongWork long_work;
    const Service service{.routes = shop.context(),
                          .log = nullptr,
                          .connections = connections,
                          .subscribers = subscribers,
                          .held_bytes = held_bytes,
                          .catching_up = catching_up,
                          .metrics = metrics,
                          .limits = limits,
                          .audit = audit,
                          .long_work = long_work,
                          .tick = no_time};

    for (int i = 0; i < 1'000; ++i) {
        Worker worker(service);
        worker.start();
        std::promise<void> running;
        asio::post(worker.io(), [&running] { running.set_value(); });
        running.get_future().wait();
        worker.stop(no_time);
        worker.join();
    }

    EXPECT_EQ(connections.count(), 0U);
}

}  // namespace
}  // namespace freshet::http
