// The log as a stream: every record as a page of the log shows it, as it comes.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

class LogStreamTest : public WatchingTest {};

TEST_F(LogStreamTest, ShowsEachRecordAsAPageDoes) {
    system.append(order_record("a", 1, "NEW"));
    system.append(user_record("u", 1, "Ada"));
    system.append(order_record("a", 2, "DONE"));
    const std::vector<JsonValue> log = system.log();

    EventReader all = watch("/records?after=0");
    EventReader later = watch("/records?after=2");
    EventReader users = watch("/records?after=0&table=users");
    EventReader from_now = live(system, "/records");
    EXPECT_TRUE(all.header("Content-Type").starts_with("text/event-stream"));

    for (const JsonValue& record : log) {
        const Frame frame = all.next_event();
        EXPECT_EQ(json(frame.data), record);
        EXPECT_EQ(std::to_string(position_in(*frame.id)), record["position"].text());
    }
    EXPECT_EQ(json(later.next_event().data), log[2]);
    EXPECT_EQ(json(users.next_event().data), log[1]);
    system.append(user_record("u", 2, "Ada L."));
    const JsonValue newest = system.log().back();
    for (EventReader* reader : {&all, &later, &users, &from_now}) {
        EXPECT_EQ(json(reader->next_event().data), newest);
    }
}

TEST_F(LogStreamTest, IsResumed) {
    system.append(order_record("a", 1, "NEW"));
    system.append(order_record("a", 2, "DONE"));
    EventReader reader = watch("/records?after=0");
    EXPECT_EQ(position_in(*reader.next_event().id), 1U);

    reader.cut();
    system.stop();
    ASSERT_TRUE(system.start());
    // What was received before the cut is not asked for again.
    std::uint64_t position = 1;
    while (auto frame = reader.received()) {
        if (frame->fires) position = position_in(*frame->id);
    }
    reader.reconnect(port());
    system.append(order_record("a", 3, "SENT"));

    while (position < 3) EXPECT_EQ(position_in(*reader.next_event().id), ++position);
}

TEST_F(LogStreamTest, IsAPageUnlessItIsAskedForAsAStream) {
    system.append(order_record("a", 1, "NEW"));

    EXPECT_EQ(system.get("/records").header("Content-Type"), "application/json");
    EXPECT_EQ(system.get("/records", {"Accept: application/json"}).header("Content-Type"),
              "application/json");
    EXPECT_EQ(system.get("/records", {"Accept: */*"}).header("Content-Type"), "application/json");
}

}  // namespace
}  // namespace freshet::systems
