// What a page relies on that watches live views: it shows what a GET shows, whatever becomes of the
// connection and the server.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

class LiveSystem : public WatchingTest {
protected:
    // A page that shows one view.
    class Page {
    public:
        Page(std::uint16_t port, const std::string& target) : reader_(port, target) {}

        // Takes in frames until it shows what the server shows at that position.
        void follow_to(std::uint64_t position) {
            while (position_ < position) take(*reader_.next());
        }
        void come_back(std::uint16_t port) {
            reader_.cut();
            reader_.reconnect(port);
        }
        [[nodiscard]] std::string shows() const { return client_.document() + "\n"; }
        [[nodiscard]] int snapshots() const { return snapshots_; }

    private:
        void take(const Frame& frame) {
            if (frame.event == "snapshot") {
                client_.take_snapshot(frame.data);
                ++snapshots_;
            }
            if (frame.event == "change") client_.take_change(frame.data);
            // `5f3c.7-7-…`: the views are as of the second number.
            if (!frame.id) return;
            position_ = std::stoull(frame.id->substr(frame.id->find('-') + 1));
        }

        EventReader reader_;
        support::LiveClient client_;
        std::uint64_t position_ = 0;
        int snapshots_ = 0;
    };

    std::string get(const std::string& target) { return system.get(target).body; }
};

TEST_F(LiveSystem, APageShowsEachStepOfAnOrderAndOfAList) {
    system.append(order_record("a", 1, "NEW"));
    Page order(port(), "/views/order/a");
    Page list(port(), "/views/all-orders?limit=2");

    for (int i = 2; i <= 9; ++i) {
        const std::string key(1, static_cast<char>('a' + i % 4));
        system.append(
            order_record(key, static_cast<std::uint64_t>(i), "STEP " + std::to_string(i)));
        order.follow_to(1);
        list.follow_to(static_cast<std::uint64_t>(i));
        EXPECT_EQ(list.shows(), get("/views/all-orders?limit=2"));
    }
    order.follow_to(9);
    EXPECT_EQ(order.shows(), get("/views/order/a"));
    EXPECT_EQ(order.snapshots(), 1);
    EXPECT_EQ(list.snapshots(), 1);
}

TEST_F(LiveSystem, APageThatComesBackIsToldWhatItMissed) {
    system.append(order_record("a", 1, "NEW"));
    Page order(port(), "/views/order/a");
    order.follow_to(1);

    Page other(port(), "/views/order/a");  // so that the server knows it still
    other.follow_to(1);
    system.append(order_record("a", 2, "DONE"));
    order.come_back(port());
    order.follow_to(2);

    EXPECT_EQ(order.shows(), get("/views/order/a"));
    EXPECT_EQ(order.snapshots(), 1);
}

TEST_F(LiveSystem, APageOutlivesTheServer) {
    system.append(order_record("a", 1, "NEW"));
    Page order(port(), "/views/order/a");
    order.follow_to(1);

    system.kill();
    ASSERT_TRUE(system.start());
    system.append(order_record("a", 2, "DONE"));
    order.come_back(port());
    order.follow_to(2);

    EXPECT_EQ(order.shows(), get("/views/order/a"));
}

TEST_F(LiveSystem, APageMayBeginWithWhatWasJustWritten) {
    Page order(port(), "/views/order/a?min_position=1&timeout_s=30");
    system.append(order_record("a", 1, "NEW"));

    order.follow_to(1);

    EXPECT_EQ(order.shows(), get("/views/order/a"));
    EventReader late(port(), "/views/order/a?min_position=99&timeout_s=0.01");
    EXPECT_EQ(late.status(), 200) << "and a page that came too early is asked to come again";
    EXPECT_EQ(late.next()->retry, 5'000U);
}

TEST_F(LiveSystem, SeveralViewsAndEventsShareOneConnection) {
    EventReader reader(port(), "/live?view=order/a&view=all-orders&events=all");
    int snapshots = 0;
    while (snapshots < 2) snapshots += reader.next()->event == "snapshot" ? 1 : 0;

    system.append(order_record("a", 1, "NEW"));

    const Frame event = *reader.next();
    EXPECT_EQ(event.event, "new-order");
    const Frame change = *reader.next();
    EXPECT_EQ(change.event, "change");
    const auto members = support::raw_members(change.data);
    ASSERT_EQ(members.size(), 2U) << change.data;
    EXPECT_EQ(members[0].first, "order/a");
    EXPECT_EQ(members[1].first, "all-orders");
}

}  // namespace
}  // namespace freshet::systems
