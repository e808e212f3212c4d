// What engine/sequencing/batch_queue.h promises.

#include "engine/sequencing/batch_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/fresh_process.h"

namespace freshet::engine {
namespace {

using Answer = BatchQueue::Answer;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A batch of that many bytes and records, known by its bytes.
WaitingBatch batch(std::size_t bytes, std::size_t records = 1) {
    WaitingBatch waiting;
    waiting.batch.bytes = bytes;
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
    BatchQueue queue(group_bytes_max * 4);
    queue.open();
    put(queue, batch(1, group_records_max));
    put(queue, batch(2));
    put(queue, batch(3, group_records_max));
    put(queue, batch(group_bytes_max - 3));
    put(queue, batch(group_bytes_max + 1));

    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{1});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{2});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{3});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{group_bytes_max - 3});
    EXPECT_EQ(bytes_of(queue.take_group()), Bytes{group_bytes_max + 1}) << "the first always fits";
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
