// O4: a batch is admitted whole or not at all, unless the writer asks for `partial`.

#include <gtest/gtest.h>

#include "tests/properties/story_run.h"

namespace freshet::properties {
namespace {

using engine::Outcome;
using engine::Receipt;
using engine::RecordOutcome;
using storage::Position;

class WholeRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    void on_opened() override { bytes_ = state_bytes(); }

    void on_group(const std::vector<const Delivery*>& group) override {
        std::size_t appended = 0;
        for (const Delivery* delivery : group) {
            check_receipt(*delivery);
            appended += delivery->receipt->appended;
        }
        // What a receipt does not tell of is not there either.
        const std::size_t records = read_log().size();
        RC_ASSERT(records == records_ + appended);
        if (appended == 0) {
            RC_ASSERT(state_bytes() == bytes_);
        }
        records_ = records;
        bytes_ = state_bytes();
    }

    void on_reopened() override { bytes_ = state_bytes(); }

private:
    void check_receipt(const Delivery& delivery) {
        const Receipt& receipt = *delivery.receipt;
        RC_ASSERT(receipt.refusal.has_value() == delivery.expected.refused);
        if (!receipt.refusal) {
            RC_ASSERT(receipt.outcomes.size() == delivery.records.size());
        } else if (!delivery.partial) {
            RC_ASSERT(receipt.outcomes.empty());
            RC_ASSERT(receipt.appended == 0U);
        } else {
            RC_ASSERT(receipt.outcomes.size() == delivery.expected.outcomes.size());
        }
        RC_ASSERT(receipt.appended + receipt.duplicates == receipt.outcomes.size());
        check_positions(receipt);
    }

    // A batch's records stand together: after those of the batch before, and none comes later.
    void check_positions(const Receipt& receipt) {
        for (const RecordOutcome& outcome : receipt.outcomes) {
            if (outcome.outcome != Outcome::appended) continue;
            RC_ASSERT(last_ < outcome.position);
            last_ = outcome.position;
        }
        RC_ASSERT(receipt.position == last_);
    }

    std::size_t records_ = 0;
    Position last_;
    std::vector<std::pair<std::string, std::string>> bytes_;
};

TEST(O4, ABatchIsAdmittedWholeOrNotAtAll) {
    EXPECT_TRUE(rc::check([] { WholeRun(*support::any_story()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
