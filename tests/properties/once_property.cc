// O2: a record takes effect once, however often, whenever and in whatever batch it is delivered.

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "tests/properties/story_run.h"

namespace freshet::properties {
namespace {

using engine::Outcome;
using storage::Position;
using storage::Record;
using support::ModelVerdict;
using support::SentRecord;

class OnceRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    void on_group(const std::vector<const Delivery*>& group) override {
        for (const Delivery* delivery : group) check_outcomes(*delivery);
    }

    void on_end() override {
        check_nothing_is_twice(read_log());
        const auto bytes = state_bytes();

        reopen(true);
        deliver_everything_again();

        RC_ASSERT(read_log().size() == positions_.size());
        RC_ASSERT(state_bytes() == bytes);
    }

private:
    // That of each record is what the model says, and a duplicate tells what made it one.
    void check_outcomes(const Delivery& delivery) {
        const auto& expected = delivery.expected.outcomes;
        const auto& outcomes = delivery.receipt->outcomes;
        RC_ASSERT(outcomes.size() == expected.size());
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const bool is_new = expected[i].verdict == ModelVerdict::appended;
            RC_ASSERT(outcomes[i].outcome == (is_new ? Outcome::appended : Outcome::duplicate));
            RC_ASSERT(outcomes[i].sequence == delivery.records[i].sequence);
            if (is_new) positions_.push_back(outcomes[i].position);
            RC_ASSERT(outcomes[i].position == positions_[expected[i].record]);
        }
    }

    static void check_nothing_is_twice(const std::vector<Record>& log) {
        std::set<std::tuple<support::ItemName, std::string, std::string>> seen;
        for (const Record& record : log) {
            const auto name = support::name_of(std::string(record.table()),
                                               support::value_of(record.keys()).attributes);
            std::string digits(record.sequence());
            digits.insert(0, storage::SequenceNumber::digits_max - digits.size(), '0');
            RC_ASSERT(seen.emplace(name, record.label(), digits).second);
        }
    }

    // Each record that was ever acknowledged, one by one and then all at once.
    void deliver_everything_again() {
        std::vector<SentRecord> acknowledged;
        for (const Delivery& delivery : deliveries()) {
            const auto count = static_cast<std::ptrdiff_t>(delivery.receipt->outcomes.size());
            acknowledged.insert(acknowledged.end(), delivery.records.begin(),
                                delivery.records.begin() + count);
        }
        // Once a table has several streams, a record that does not say its own is refused.
        std::erase_if(acknowledged, [&](const SentRecord& record) {
            return !record.imported && record.source.empty() &&
                   model().now().lineage(record.table).streams.size() > 1;
        });
        const std::size_t before = deliveries().size();
        for (const SentRecord& record : acknowledged) hand_in({record}, false, true);
        hand_in(acknowledged, false, false);
        take_groups();
        for (std::size_t i = before; i < deliveries().size(); ++i) {
            const Delivery& again = deliveries()[i];
            RC_ASSERT(again.receipt->appended == 0U);
            RC_ASSERT(again.receipt->duplicates == again.records.size());
        }
    }

    std::vector<Position> positions_;  // of the model's records
};

TEST(O2, ARecordTakesEffectOnceHoweverOftenItIsDelivered) {
    EXPECT_TRUE(rc::check([] { OnceRun(*support::any_story_with_named_streams()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
