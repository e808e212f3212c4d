// What engine/sequencing/batch_queue.h promises.

#include "engine/sequencing/batch_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/fresh_process.h"
#include "tests/world/images.h"

namespace freshet::engine {
namespace {

using Answer = BatchQueue::Answer;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A batch of that many bytes and records, known by its bytes.
WaitingBatch batch(std::size_t bytes, std::size_t records = 0, const std::string& client = "") {
    WaitingBatch waiting;
    waiting.batch.bytes = bytes;
    waiting.batch.client = client;
    waiting.batch.records.resize(records);
    waiting.done = [](const Result<Receipt>&) {};
    return waiting;
}

Answer put(BatchQueue& queue, WaitingBatch waiting) {
    return queue.put(waiting);
}

std::vector<std::size_t> bytes_of(const std::vector<WaitingBatch>& batches) {
    std::vector<std::size_t> bytes;
    for (const WaitingBatch& waiting : batches) bytes.push_back(waiting.batch.bytes);
    return bytes;
}

using Bytes = std::vector<std::size_t>;

TEST(BatchQueueTest, GivesBatchesInTheOrderInWhichTheyCame) {
    BatchQueue queue(100);
    queue.open();

    for (const std::size_t bytes : {1U, 3U, 2U}) EXPECT_EQ(put(queue, batch(bytes)), Answer::taken);

    EXPECT_EQ(queue.load().batches, 3U);
    EXPECT_EQ(queue.load().bytes, 6U);
    EXPECT_EQ(bytes_of(queue.take_group()), (Bytes{1, 3, 2}));
    EXPECT_EQ(queue.load().bytes, 0U);
    EXPECT_TRUE(queue.take_group().empty());
}

TEST(BatchQueueTest, IsFullByItsBytesButTakesASingleBatchOfAnySize) {
    BatchQueue queue(10);
    queue.open();

    EXPECT_EQ(put(queue, batch(11)), Answer::taken);
    EXPECT_EQ(put(queue, batch(0)), Answer::full);
    queue.take_group();
    EXPECT_EQ(put(queue, batch(6)), Answer::taken);
    EXPECT_EQ(put(queue, batch(5)), Answer::full);
    EXPECT_EQ(put(queue, batch(11)), Answer::full);
    EXPECT_EQ(put(queue, batch(4)), Answer::taken);
    EXPECT_EQ(queue.load().bytes, 10U);
    EXPECT_EQ(queue.load().bytes_max, 10U);
    queue.close();
}

TEST(BatchQueueTest, LeavesABatchThatItDoesNotTake) {
    BatchQueue queue(10);
    WaitingBatch waiting = batch(7, 2);

    EXPECT_EQ(queue.put(waiting), Answer::closed);

    EXPECT_EQ(waiting.batch.records.size(), 2U);
    EXPECT_TRUE(waiting.done);
}

TEST(BatchQueueTest, EndsAGroupByItsRecordsAndItsBytes) {
    BatchQueue queue(group_records_max * 4 * record_memory);
    queue.open();
    put(queue, batch(1, group_records_max));
    put(queue, batch(2, 1));
    put(queue, batch(3, group_records_max));
    put(queue, batch(group_bytes_max - 3, 1));
    put(queue, batch(group_bytes_max + 1, 1));

    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{1});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{2});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{3});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{group_bytes_max - 3});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{group_bytes_max + 1}) << "the first always fits";
}

TEST(BatchQueueTest, CountsTheMemoryOfRecordsAndNotices) {
    BatchQueue queue(10 * record_memory);
    queue.open();
    EXPECT_EQ(put(queue, batch(1, 5)), Answer::taken);
    WaitingBatch notices = batch(1);
    notices.batch.notices.resize(5);

    EXPECT_EQ(put(queue, std::move(notices)), Answer::full);
    EXPECT_EQ(put(queue, batch(1, 4)), Answer::taken);
    EXPECT_EQ(queue.load().bytes, 2 + 9 * record_memory);
    queue.take_group();
    EXPECT_EQ(queue.load().bytes, 0U);
}

TEST(BatchQueueTest, EndsAGroupByItsNotices) {
    BatchQueue queue(group_records_max * 4 * record_memory);
    queue.open();
    for (int i = 0; i < 2; ++i) {
        WaitingBatch notices = batch(1);
        notices.batch.notices.resize(group_records_max / 2 + 1);
        EXPECT_EQ(put(queue, std::move(notices)), Answer::taken);
    }

    EXPECT_EQ(queue.take_group().size(), 1U);
    EXPECT_EQ(queue.take_group().size(), 1U);
}

// Each makes a record as long as its item, whatever its own body is.
TEST(BatchQueueTest, EndsAGroupByItsCommands) {
    constexpr std::size_t many = 100;
    BatchQueue queue(group_bytes_max * 100);
    queue.open();
    for (std::size_t i = 0; i < many; ++i) {
        WaitingBatch waiting = batch(1);
        waiting.batch.commands.push_back({.item = {.key = "a", .keys = support::image_of({})}});
        put(queue, std::move(waiting));
    }

    const std::size_t first = queue.take_group().size();
    EXPECT_LE(first * command_bytes, group_bytes_max);
    EXPECT_EQ(queue.take_group().size(), many - first);
}

TEST(BatchQueueTest, LeavesHalfOfItToOthersThanOneClient) {
    BatchQueue queue(100);
    queue.open();
    std::size_t taken = 0;
    while (put(queue, batch(10, 0, "greedy")) == Answer::taken) ++taken;

    EXPECT_EQ(taken, 5U);
    EXPECT_EQ(put(queue, batch(1, 0, "greedy")), Answer::full_of_client);
    EXPECT_EQ(put(queue, batch(30, 0, "other")), Answer::taken);
    EXPECT_EQ(put(queue, batch(21, 0, "third")), Answer::full);
    EXPECT_EQ(put(queue, batch(20)), Answer::taken);
    queue.take_group();
    EXPECT_EQ(put(queue, batch(70, 0, "greedy")), Answer::taken) << "one batch may be larger";
    EXPECT_EQ(put(queue, batch(1, 0, "greedy")), Answer::full_of_client);
    queue.close();
}

TEST(BatchQueueTest, ThoseWhoAreNotToldApartMayFillIt) {
    BatchQueue queue(100);
    queue.open();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(put(queue, batch(10)), Answer::taken) << i;
    EXPECT_EQ(put(queue, batch(1)), Answer::full);
    queue.close();
}

TEST(BatchQueueTest, ClientsTakeTurnsAndEachKeepsItsOrder) {
    BatchQueue queue(1'000);
    queue.open();
    for (const std::size_t bytes : {1U, 2U, 3U, 4U}) put(queue, batch(bytes, 0, "many"));
    for (const std::size_t bytes : {11U, 12U}) put(queue, batch(bytes, 0, "few"));
    put(queue, batch(21, 0, "one"));

    EXPECT_EQ(bytes_of(queue.take_group()), (Bytes{1, 11, 21, 2, 12, 3, 4}));
}

TEST(BatchQueueTest, TheNextGroupBeginsWithTheOneWhoseTurnIsNext) {
    BatchQueue queue(group_bytes_max * 100);
    queue.open();
    for (int i = 0; i < 8; ++i) put(queue, batch(group_bytes_max, 0, "many"));
    put(queue, batch(1, 0, "small"));
    put(queue, batch(2, 0, "small"));

    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{group_bytes_max});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{1}) << "behind one batch and not behind eight";
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{group_bytes_max});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{2});
    EXPECT_EQ(queue.close().size(), 6U);
    EXPECT_EQ(queue.load().bytes, 0U);
}

TEST(BatchQueueTest, TakesBatchesOnlyWhileItIsOpen) {
    BatchQueue queue(10);
    EXPECT_EQ(put(queue, batch(1)), Answer::closed);
    queue.open();
    EXPECT_EQ(put(queue, batch(1)), Answer::taken);
    EXPECT_EQ(put(queue, batch(2)), Answer::taken);

    EXPECT_EQ(bytes_of(queue.close()), (Bytes{1, 2}));

    EXPECT_EQ(queue.load().bytes, 0U);
    EXPECT_EQ(put(queue, batch(3)), Answer::closed);
    queue.open();
    EXPECT_EQ(put(queue, batch(4)), Answer::taken);
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{4});
}

TEST(BatchQueueTest, GivesWhatWaitsAfterItsEndAndIsNotOpenedAgain) {
    BatchQueue queue(10);
    queue.open();
    put(queue, batch(1));
    EXPECT_FALSE(queue.has_ended());

    queue.end();

    EXPECT_TRUE(queue.has_ended());
    EXPECT_EQ(put(queue, batch(2)), Answer::ended);
    queue.open();
    EXPECT_EQ(put(queue, batch(3)), Answer::ended);
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{1});
    EXPECT_TRUE(queue.close().empty());
    EXPECT_TRUE(queue.has_ended()) << "closing does not take it back";
}

TEST(BatchQueueTest, WakesWhoWaitsForABatchOrForTheEnd) {
    // A wake that is lost ends in the deadline of the whole program.
    BatchQueue queue(10);
    queue.open();
    std::thread writer([&] { put(queue, batch(1)); });
    queue.wait(24 * 3600s);
    EXPECT_EQ(queue.load().batches, 1U);
    writer.join();

    queue.wait(24 * 3600s);  // returns at once: there is one
    queue.wait_for_end(1ms);
    EXPECT_FALSE(queue.has_ended());
    std::thread owner([&] { queue.end(); });
    queue.wait_for_end(24 * 3600s);
    EXPECT_TRUE(queue.has_ended());
    owner.join();
    queue.take_group();
    queue.wait(24 * 3600s);  // returns at once: it has ended
}

class BatchQueueDeathTest : public ::testing::Test, support::FreshProcess {};

TEST_F(BatchQueueDeathTest, TakesNoBatchThatNobodyIsToldOf) {
    BatchQueue queue(10);
    queue.open();
    WaitingBatch waiting = batch(1);
    waiting.done = nullptr;

    EXPECT_DEATH(queue.put(waiting), "a batch that waits has somebody to answer");
}

TEST_F(BatchQueueDeathTest, IsNotDestroyedWithABatchInIt) {
    EXPECT_DEATH(
        {
            BatchQueue queue(10);
            queue.open();
            put(queue, batch(1));
        },
        "a batch leaves the queue to be answered");
}

}  // namespace
}  // namespace freshet::engine
