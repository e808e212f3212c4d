// One client that asks for as much as it may, beside others that ask for little: theirs is answered
// in between. What is compared is how much of each is answered, not how long that takes.

#include <gtest/gtest.h>

#include <atomic>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/own_network.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::HttpClient;
using support::in_own_network;

constexpr const char* limits = R"(
[limits]
address_requests_per_s = 0
address_connections = 0
)";

// Clients of one address, which do the same over and over until they are told to stop.
class Crowd {
public:
    Crowd(std::uint16_t port, int count, const std::function<bool(HttpClient&)>& ask) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([this, port, ask] {
                while (!stops_) {
                    try {
                        HttpClient client(port, "198.18.7.1");
                        while (!stops_ && ask(client)) ++answered_;
                    } catch (const std::exception&) {
                        // Its connection was closed.
                    }
                }
            });
        }
    }
    ~Crowd() {
        stops_ = true;
        for (std::thread& thread : threads_) thread.join();
    }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    [[nodiscard]] int answered() const { return answered_; }

private:
    std::atomic<bool> stops_{false};
    std::atomic<int> answered_{0};
    std::vector<std::thread> threads_;
};

TEST(NeighboursSystem, AReadWaitsForOnePageOfACrowdAndNotForAll) {
    in_own_network([] {
        System system(orders_config + limits);
        ASSERT_TRUE(system.start());
        std::string records;
        for (int i = 0; i < 1'000; ++i) {
            records += (i == 0 ? "[" : ",") + inserted("order-" + std::to_string(i), 1).text();
        }
        system.append(records + "]", "/records?table=orders");
        const std::uint16_t port = system.process().port();
        const Crowd crowd(port, 32, [](HttpClient& client) {
            return client.get("/views/all-orders?limit=1000").status == 200;
        });
        while (crowd.answered() < 200) std::this_thread::yield();
        HttpClient reader(port, "198.19.0.1");

        const int before = crowd.answered();
        for (int i = 0; i < 100; ++i) {
            EXPECT_EQ(reader.get("/views/order/order-" + std::to_string(i)).status, 200);
        }
        const int pages = crowd.answered() - before;

        // Each thread serves half of the crowd. In the order in which they come, there would be
        // one page of each of these before each of the reads, and as many on the other thread.
        EXPECT_LT(pages, 400);
        RecordProperty("pages", pages);
    });
}

TEST(NeighboursSystem, ALongItemIsShownAsAShortOneIs) {
    System system(with(orders_config, R"("id=pk", "status")", R"("id=pk", "text")"));
    ASSERT_TRUE(system.start());
    const std::string text(1'000'000, 'x');
    system.append(event_of(inserted("order-1", 1, attribute("text", text)).text()));

    for (const std::string path : {"/views/order/order-1", "/tables/orders/items/order-1"}) {
        const HttpAnswer shown = system.get(path + "?min_position=1");
        EXPECT_EQ(shown.status, 200) << path;
        EXPECT_TRUE(contains(shown.body, text)) << path;
        const HttpAnswer known = system.get(path, {"If-None-Match: " + shown.header("ETag")});
        EXPECT_EQ(known.status, 304) << path;
    }
    EXPECT_TRUE(contains(system.get("/tables/orders/items/order-1?at=1").body, text));
    EXPECT_TRUE(contains(system.get("/tables/orders/items/order-1/history").body, text));
    EXPECT_TRUE(contains(system.get("/records").body, text));
    system.stop();
}

TEST(NeighboursSystem, AReadWaitsForNoLongBody) {
    in_own_network([] {
        System system(orders_config + limits);
        ASSERT_TRUE(system.start());
        system.append(event_of(inserted("order-1", 1).text()));
        const std::uint16_t port = system.process().port();
        // A body that takes long to make sense of, and is wrong at its end.
        std::string body = R"({"Records":[)";
        while (body.size() < (4U << 20U)) body += R"({"dynamodb":{"Keys":[[],[],[],[],[],[]]}},)";
        body += "x]}";
        const Crowd crowd(port, 8, [&body](HttpClient& client) {
            return client.request("POST", "/records", {"Content-Type: application/json"}, body)
                       .status == 400;
        });
        while (crowd.answered() < 2) std::this_thread::yield();
        HttpClient reader(port, "198.19.0.1");

        const int before = crowd.answered();
        for (int i = 0; i < 200; ++i) {
            EXPECT_EQ(reader.get("/views/order/order-1").status, 200);
        }

        // On the threads that serve connections, reads would wait for each body that is made sense
        // of: one for some four reads. The thread for long work comes to the end of one or two.
        const int bodies = crowd.answered() - before;
        EXPECT_LT(bodies, 30);
        RecordProperty("bodies", bodies);
    });
}

}  // namespace
}  // namespace freshet::systems
