// O1: for each item, records stand in the log in the order of their sequence numbers; across
// items, in the order of arrival; a batch keeps its order and is not interleaved.

#include <gtest/gtest.h>

#include <map>

#include "tests/properties/story_run.h"

namespace freshet::properties {
namespace {

using storage::Position;
using storage::Record;
using support::SentRecord;

support::ItemName name_of(const Record& record) {
    return support::name_of(std::string(record.table()),
                            support::value_of(record.keys()).attributes);
}

class OrderRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    void on_end() override {
        const std::vector<Record> log = read_log();
        check_items(log);
        check_arrival(log);
        check_batches(log);
    }

private:
    static void check_items(const std::vector<Record>& log) {
        std::map<support::ItemName, const Record*> newest;
        for (const Record& record : log) {
            const Record*& last = newest[name_of(record)];
            RC_ASSERT(record.previous() == (last == nullptr ? Position{} : last->position()));
            if (last != nullptr) {
                RC_ASSERT(last->position() < record.position());
                const bool say_streams = !last->source().empty() && !record.source().empty();
                RC_ASSERT(!say_streams || last->source() == record.source());
                RC_ASSERT(!say_streams || last->label() <= record.label());
                RC_ASSERT(last->stream() != record.stream() ||
                          support::is_lower_sequence(std::string(last->sequence()),
                                                     std::string(record.sequence())));
            }
            last = &record;
        }
    }

    void check_arrival(const std::vector<Record>& log) const {
        const std::vector<SentRecord>& expected = model().log();
        RC_ASSERT(log.size() == expected.size());
        for (std::size_t i = 0; i < log.size(); ++i) {
            RC_ASSERT(log[i].table() == expected[i].table);
            RC_ASSERT(log[i].kind() == expected[i].kind);
            RC_ASSERT(log[i].sequence() == expected[i].sequence);
            RC_ASSERT(log[i].imported() == expected[i].imported);
            RC_ASSERT(support::value_of(log[i].keys()).attributes == expected[i].keys);
            RC_ASSERT(log[i].after().has_value() == expected[i].after.has_value());
            if (!expected[i].after) continue;
            RC_ASSERT(support::value_of(*log[i].after()).attributes == *expected[i].after);
        }
    }

    // The records of the batches, one batch after the other, are those of the log.
    void check_batches(const std::vector<Record>& log) const {
        auto record = log.begin();
        for (const Delivery& delivery : deliveries()) {
            for (const engine::RecordOutcome& outcome : delivery.receipt->outcomes) {
                if (outcome.outcome != engine::Outcome::appended) continue;
                RC_ASSERT(record != log.end());
                RC_ASSERT(outcome.position == record->position());
                RC_ASSERT(outcome.sequence == record->sequence());
                ++record;
            }
        }
        RC_ASSERT(record == log.end());
    }
};

TEST(O1, RecordsOfAnItemStandInTheOrderOfTheirSequenceNumbersAndBatchesInThatOfArrival) {
    EXPECT_TRUE(rc::check([] { OrderRun(*support::any_story()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
