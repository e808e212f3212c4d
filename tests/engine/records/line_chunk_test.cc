// What engine/records/line_chunk.h promises, by example.

#include "engine/records/line_chunk.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

constexpr std::size_t line_bytes_max = 10'000;

std::string record(std::string_view id) {
    return R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/orders-source",)"
           R"("dynamodb":{"Keys":{"pk":{"S":")" +
           std::string(id) + R"("}},"SequenceNumber":"1"}})";
}

std::string event(std::string_view records) {
    return R"({"Records":[)" + std::string(records) + "]}";
}

// Such as "3 /Records/1", one for each record.
std::vector<std::string> places(const ChangeBatch& batch) {
    std::vector<std::string> places;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const RecordPlace place = batch.place(i);
        places.push_back(std::to_string(place.line) + " " + place.pointer);
    }
    return places;
}

class LineChunkTest : public ::testing::Test {
protected:
    // Offers the bytes in slices, as long as they are taken; returns how many were.
    std::size_t offer(std::string_view bytes, std::size_t slice) {
        std::size_t taken = 0;
        while (taken < bytes.size()) {
            const std::size_t count = chunk->take(bytes.substr(taken, slice));
            if (count == 0) break;
            taken += count;
        }
        return taken;
    }

    const Fault& fault() {
        refused = chunk->take_batch();
        EXPECT_TRUE(refused.refusal.has_value());
        EXPECT_EQ(refused.refusal->faults.size(), 1U);
        return refused.refusal->faults.front();
    }

    std::shared_ptr<const Catalog> catalog = support::small_catalog();
    std::optional<LineChunk> chunk{std::in_place, *catalog, DecodeOptions{}, line_bytes_max};
    ChangeBatch refused;
};

TEST_F(LineChunkTest, CountsTheMemoryThatItsBatchTakes) {
    const std::string lines = record("a") + "\n" + record("b") + "\n";

    EXPECT_EQ(offer(lines, lines.size()), lines.size());

    const std::size_t held = chunk->bytes();
    EXPECT_GE(held, memory_of(chunk->take_batch()));
    EXPECT_GT(held, 2 * record_memory);
}

TEST_F(LineChunkTest, GathersTheRecordsOfAllLinesHoweverTheyAreCut) {
    const std::string text = record("a") + "\r\n" + "\n" + event(record("b") + "," + record("c")) +
                             "\n[" + record("d") + "]\n \t\r\n[]\n" + record("e");
    for (std::size_t slice = 1; slice <= text.size(); ++slice) {
        chunk.emplace(*catalog, DecodeOptions{}, line_bytes_max);

        EXPECT_EQ(offer(text, slice), text.size());
        chunk->end();

        EXPECT_EQ(chunk->lines(), 7U);
        EXPECT_EQ(places(chunk->take_batch()),
                  (std::vector<std::string>{"1 ", "3 /Records/0", "3 /Records/1", "4 /0", "7 "}));
        EXPECT_TRUE(chunk->is_empty());
    }
}

TEST_F(LineChunkTest, GoesOnCountingLinesInTheNextBatch) {
    offer(record("a") + "\n" + record("b") + "\n", 1'000);
    const ChangeBatch first = chunk->take_batch();

    offer(record("c") + "\n", 1'000);

    EXPECT_EQ(places(first), (std::vector<std::string>{"1 ", "2 "}));
    EXPECT_EQ(places(chunk->take_batch()), std::vector<std::string>{"3 "});
}

TEST_F(LineChunkTest, KeepsALastLineWithoutItsEndUntilItIsToldThatThisIsAll) {
    offer(record("a") + "\n" + record("b"), 1'000);
    EXPECT_EQ(chunk->take_batch().records.size(), 1U);
    EXPECT_TRUE(chunk->is_empty());

    chunk->end();

    EXPECT_EQ(chunk->take_batch().records.size(), 1U);
    EXPECT_EQ(chunk->lines(), 2U);
}

TEST_F(LineChunkTest, TakesNothingBeyondTheLineThatFillsItWithRecords) {
    std::string text;
    for (std::size_t i = 0; i < chunk_records_max; ++i) text += record("a") + "\n";

    EXPECT_EQ(offer(text + record("b") + "\n", 1'000), text.size());

    EXPECT_TRUE(chunk->is_full());
    EXPECT_EQ(chunk->take(record("b")), 0U);
    EXPECT_EQ(chunk->take_batch().records.size(), chunk_records_max);
    EXPECT_FALSE(chunk->is_full());
    EXPECT_GT(chunk->take(record("b")), 0U);
}

TEST_F(LineChunkTest, TakesNothingBeyondTheLineThatFillsItWithText) {
    const std::string line = record(std::string(2'000, 'a')) + "\n";
    std::string text;
    while (text.size() < 2 * chunk_bytes_max) text += line;

    const std::size_t taken = offer(text, 1'000);

    EXPECT_GE(taken, chunk_bytes_max);
    EXPECT_LE(taken, chunk_bytes_max + 2 * line.size());
    EXPECT_EQ(taken % line.size(), 0U);
    EXPECT_EQ(chunk->take_batch().bytes, taken - taken / line.size()) << "without the lines' ends";
}

TEST_F(LineChunkTest, IsNeverFilledByLinesWithoutRecords) {
    std::string text;
    while (text.size() < 2 * chunk_bytes_max) text += "[]\n \n{\"Records\":[]}\n";

    EXPECT_EQ(offer(text, 10'000), text.size());

    EXPECT_TRUE(chunk->is_empty());
    EXPECT_TRUE(chunk->take_batch().parts.empty());
}

TEST_F(LineChunkTest, NamesLineAndPointerOfWhatIsWrong) {
    offer(record("a") + "\n\n" + event(record("b") + R"(,{"eventName":"EAT","dynamodb":7})") + "\n",
          1'000);

    const ChangeBatch batch = chunk->take_batch();

    EXPECT_EQ(batch.records.size(), 2U);
    ASSERT_TRUE(batch.refusal.has_value());
    EXPECT_EQ(batch.refusal->code, Errc::refused);
    for (const Fault& fault : batch.refusal->faults) {
        EXPECT_EQ(fault.line, 3U);
        EXPECT_TRUE(fault.pointer.starts_with("/Records/1/")) << fault.pointer;
    }
}

TEST_F(LineChunkTest, TakesNothingBehindALineThatIsWrong) {
    const std::string wrong = record("a") + "\n{}\n";

    EXPECT_EQ(offer(wrong + record("b") + "\n", 10'000), wrong.size());

    EXPECT_TRUE(chunk->is_full());
    EXPECT_EQ(fault().line, 2U);
    EXPECT_EQ(refused.records.size(), 1U);
    EXPECT_EQ(chunk->take(record("b") + "\n"), 0U) << "not in the next batch either";
}

TEST_F(LineChunkTest, SaysInWhichLineAndColumnTheTextIsNotJson) {
    offer(record("a") + "\n\n{\"Records\":[}\n", 10'000);

    EXPECT_EQ(fault().detail, "line 3, column 13: found '}', expected a value");
    EXPECT_EQ(refused.refusal->code, Errc::malformed);
    EXPECT_EQ(refused.refusal->faults.front().line, 3U);
    EXPECT_EQ(refused.records.size(), 1U);
}

TEST_F(LineChunkTest, RefusesALineThatIsTooLongBeforeItsEndHasCome) {
    const std::string padding(line_bytes_max - record("a").size(), ' ');
    offer(record("a") + padding + "\n" + record("b") + padding, 1'000);
    EXPECT_FALSE(chunk->is_full()) << "both are as long as a line may be";

    chunk->take(" ");

    EXPECT_TRUE(chunk->is_full());
    EXPECT_EQ(fault().line, 2U);
    EXPECT_EQ(refused.refusal->code, Errc::too_large);
    EXPECT_EQ(refused.refusal->faults.front().detail,
              "more than 10000 bytes in one line (limits.body_bytes)");
    EXPECT_EQ(chunk->lines(), 2U);
}

TEST_F(LineChunkTest, RefusesALineOfTooManyRecords) {
    chunk.emplace(*catalog, DecodeOptions{}, 1U << 20U);
    std::string line = "[{}";
    for (std::size_t i = 0; i < batch_records_max; ++i) line += ",{}";

    offer(line + "]\n", 10'000);

    EXPECT_EQ(fault().detail, "10001 records in one batch; at most 10000 are taken");
    EXPECT_EQ(refused.refusal->code, Errc::too_large);
}

TEST_F(LineChunkTest, EveryBatchIsPartialIfTheWriterWantsIt) {
    chunk.emplace(*catalog, DecodeOptions{.partial = true}, line_bytes_max);
    offer(record("a") + "\n", 1'000);
    EXPECT_TRUE(chunk->take_batch().partial);

    offer("7\n", 1'000);

    EXPECT_EQ(fault().pointer, "");
    EXPECT_TRUE(refused.partial) << "although the line holds no batch";
}

}  // namespace
}  // namespace freshet::engine
