// What http/streams/event_batch.h promises, by example.

#include "http/streams/event_batch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "http/streams/event_id.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::http {
namespace {

using support::must;

class EventBatchTest : public ::testing::Test {
protected:
    void placed(const std::string& id) { must(shop.append({shop.inserted({.id = id})})); }

    EventBatch batch(std::optional<std::string> last_id = {}) {
        StreamRequest asked;
        asked.caller = engine::everybody();
        asked.last_id = std::move(last_id);
        return {shop.engine(), std::move(asked), *shop.now()};
    }
    [[nodiscard]] std::string id(std::uint64_t position) const {
        return epoch_text(shop.now()->mark().epoch) + "." + std::to_string(position);
    }
    [[nodiscard]] std::string placed_event(std::uint64_t position, const std::string& order) const {
        return R"({"id":")" + id(position) +
               R"(","type":"placed","topic":"placed","data":{"id":")" + order + R"("}})";
    }

    support::Shop shop;
};

TEST_F(EventBatchTest, HasWhatComesAfterTheIdAndSaysWhereTheNextBegins) {
    placed("a");
    placed("b");
    placed("c");

    EventBatch after = batch(id(1));
    EXPECT_FALSE(must(after.fill()));

    EXPECT_TRUE(after.has_something());
    EXPECT_EQ(after.json(), R"({"events":[)" + placed_event(2, "b") + "," + placed_event(3, "c") +
                                R"(],"next":")" + id(3) + "\"}\n");
}

TEST_F(EventBatchTest, BeginsAtTheEndAndWaitsThereUnlessItIsTold) {
    placed("a");
    EventBatch waiting = batch();
    must(waiting.fill());
    EXPECT_FALSE(waiting.has_something());
    EXPECT_EQ(waiting.json(), R"({"events":[],"next":")" + id(1) + "\"}\n");

    placed("b");
    must(waiting.fill());
    EXPECT_EQ(waiting.json(),
              R"({"events":[)" + placed_event(2, "b") + R"(],"next":")" + id(2) + "\"}\n");

    EventBatch whole = batch("earliest");
    must(whole.fill());
    EXPECT_EQ(whole.json(), R"({"events":[)" + placed_event(1, "a") + "," + placed_event(2, "b") +
                                R"(],"next":")" + id(2) + "\"}\n");
}

TEST_F(EventBatchTest, SaysAtOnceWhatCannotBeHonoured) {
    placed("a");

    const EventBatch lost = batch("5f3c.7");

    EXPECT_TRUE(lost.has_something());
    EXPECT_EQ(lost.json(), R"({"events":[],"next":")" + id(1) +
                               R"(","reset":{"reason":"epoch","requested":"5f3c.7","earliest":0,)"
                               R"("head":1,"epoch":")" +
                               epoch_text(shop.now()->mark().epoch) + "\"}}\n");
}

TEST_F(EventBatchTest, EndsWhereItIsFullAndTheNextContinuesThere) {
    const std::string name(60'000, 'x');
    for (int i = 0; i < 10; ++i) placed(name + std::to_string(i));
    std::size_t heard = 0;
    std::size_t batches = 0;
    std::string next = "earliest";
    while (next != id(10)) {
        EventBatch some = batch(next);
        while (must(some.fill())) {
        }
        const std::string json = some.json();
        ASSERT_LT(json.size(), batch_bytes_max + 2 * name.size());
        for (std::size_t at = 0; (at = json.find(name, at)) != std::string::npos; ++at) ++heard;
        const std::size_t begin = json.rfind(R"("next":")") + 8;
        next = json.substr(begin, json.find('"', begin) - begin);
        ASSERT_LT(++batches, 10U);
    }
    EXPECT_EQ(heard, 10U);
    EXPECT_GT(batches, 1U);
}

}  // namespace
}  // namespace freshet::http
