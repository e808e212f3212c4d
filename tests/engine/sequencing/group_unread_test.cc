// What engine/sequencing/group_unread.cc and the judgement before it promise: what could not be
// understood is kept once, in its order, and not without end.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/folding/unread_facts.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/unread_record.h"
#include "storage/notice.h"
#include "tests/support/must.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Notice;
using storage::NoticeKind;
using storage::Position;
using support::must;

std::string record(std::string_view id, int sequence = 1) {
    return R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/orders",)"
           R"("dynamodb":{"Keys":{"pk":{"S":")" +
           std::string(id) + R"("}},"SequenceNumber":")" + std::to_string(sequence) + R"("}})";
}

class GroupUnreadTest : public ::testing::Test {
protected:
    // What becomes of the records, of which those that are no object cannot be understood.
    Receipt send(const std::string& records, bool partial = false) {
        const DecodeOptions options{.partial = partial, .parks = true};
        auto batch = must(decode_records("[" + records + "]", world.catalog(), options));
        return must(world.append(std::move(batch)));
    }
    // Fills up what is kept with records of so many bytes, each another one.
    void fill(std::size_t count, std::size_t bytes) {
        while (count > 0) {
            std::string records;
            for (; count > 0 && records.size() < 8'000'000; --count) {
                const std::string number = std::to_string(1'000'000 + count);
                records += records.empty() ? "" : ",";
                records += "\"" + std::string(bytes - 2 - number.size(), 'x') + number + "\"";
            }
            ASSERT_FALSE(send(records).refusal);
        }
    }
    [[nodiscard]] UnreadTotal total() const { return must(unread_total(world.now()->state())); }
    [[nodiscard]] Position head() const { return world.now()->position(); }
    void drop(Position position) {
        Notice notice{.kind = NoticeKind::discarded, .by = "ann", .table = {}, .stream = {}};
        notice.unread = storage::UnreadNote{.record = position};
        ChangeBatch batch;
        batch.notices.push_back(std::move(notice));
        must(world.append(std::move(batch)));
    }

    support::SteppedEngine world{support::server_section + support::orders_table()};
};

TEST_F(GroupUnreadTest, KeepsThemAmongTheOthersInTheirOrder) {
    const Receipt receipt = send("7," + record("a") + ",8");

    EXPECT_EQ(receipt.parked, 2U);
    EXPECT_EQ(receipt.appended, 1U);
    ASSERT_EQ(receipt.outcomes.size(), 3U);
    EXPECT_EQ(receipt.outcomes[0].position, Position{1});
    EXPECT_EQ(receipt.outcomes[1].position, Position{2});
    EXPECT_EQ(receipt.outcomes[2].position, Position{3});
    EXPECT_EQ(receipt.position, Position{3});
    const auto kept = must(world.engine().record_at(*world.now(), {3}));
    EXPECT_EQ(kept->notice()->kind, NoticeKind::unread);
    EXPECT_EQ(kept->notice()->unread->text, "8");
}

TEST_F(GroupUnreadTest, KeepsTheSameTextOnce) {
    const Receipt first = send("7,7,8");
    EXPECT_EQ(first.parked, 2U);
    EXPECT_EQ(first.duplicates, 1U);
    EXPECT_EQ(first.outcomes.at(1).position, Position{1}) << "where it is kept";

    const Receipt again = send("8,7");

    EXPECT_EQ(again.parked, 0U);
    EXPECT_EQ(again.duplicates, 2U);
    EXPECT_EQ(again.outcomes.at(0).position, Position{2});
    EXPECT_EQ(head(), Position{2});
    EXPECT_EQ(total(), (UnreadTotal{.records = 2, .bytes = 2}));

    world.restart(true);
    EXPECT_EQ(send("7").duplicates, 1U) << "a fold of the log knows it, too";
}

TEST_F(GroupUnreadTest, CountsThem) {
    send("7,7,8," + record("a"));

    const std::string text = world.metrics_text();
    const auto has = [&](std::string_view line) {
        return text.find("\n" + std::string(line) + "\n") != std::string::npos;
    };
    EXPECT_TRUE(has(R"(freshet_records_total{outcome="parked",table=""} 2)")) << text;
    EXPECT_TRUE(has(R"(freshet_records_total{outcome="duplicate",table=""} 1)"));
    EXPECT_TRUE(has("freshet_parked_records 2"));
    EXPECT_TRUE(has("freshet_parked_bytes 2"));
}

// The export of a later moment is refused by the judgement, long after decoding has ended.
TEST_F(GroupUnreadTest, KeepsNothingOfABatchThatIsRefused) {
    const std::string late =
        R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/orders",)"
        R"("dynamodb":{"ApproximateCreationDateTime":99999999999,"Keys":{"pk":{"S":"a"}},)"
        R"("SequenceNumber":"1"}})";

    const Receipt refused = send("7," + late + ",8");

    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.parked, 0U);
    EXPECT_EQ(total(), UnreadTotal());
    EXPECT_EQ(head(), Position{});

    const Receipt partial = send("7," + late + ",8", true);
    EXPECT_TRUE(partial.refusal);
    EXPECT_EQ(partial.parked, 1U) << "what stands before it is kept";
    EXPECT_EQ(total().records, 1U);
}

TEST_F(GroupUnreadTest, KeepsNoMoreRecordsThanItMay) {
    fill(unread_records_max - 1, 10);
    EXPECT_EQ(total().records, unread_records_max - 1);

    const Receipt refused = send("7," + record("a") + ",8,9");

    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.refusal->code, Errc::refused);
    ASSERT_EQ(refused.refusal->faults.size(), 2U) << "there is room for one";
    EXPECT_EQ(refused.refusal->faults[0].pointer, "/2");
    EXPECT_NE(refused.refusal->faults[0].detail.find("expected an object: a record; and it cannot "
                                                     "be parked, as 10000 records of"),
              std::string::npos)
        << refused.refusal->faults[0].detail;
    EXPECT_EQ(refused.appended, 0U);
    EXPECT_EQ(total().records, unread_records_max - 1) << "nothing of it is kept";

    const Receipt partial = send("7," + record("a") + ",8,9", true);
    EXPECT_TRUE(partial.refusal);
    EXPECT_EQ(partial.parked, 1U);
    EXPECT_EQ(partial.appended, 1U);
    EXPECT_EQ(total().records, unread_records_max);
    EXPECT_FALSE(send("7").refusal) << "which is kept already";
    EXPECT_FALSE(send(record("b")).refusal) << "what is understood is taken all the same";

    drop({1});
    EXPECT_EQ(send("8").parked, 1U);
}

TEST_F(GroupUnreadTest, KeepsNoMoreBytesThanItMay) {
    fill(unread_bytes_max / unread_text_max - 1, unread_text_max);
    fill(1, unread_text_max - 1);
    EXPECT_EQ(total().bytes, unread_bytes_max - 1);
    EXPECT_TRUE(send("77").refusal);

    EXPECT_EQ(send("7").parked, 1U);

    EXPECT_EQ(total().bytes, unread_bytes_max);
    EXPECT_TRUE(send("8").refusal);
}

}  // namespace
}  // namespace freshet::engine
