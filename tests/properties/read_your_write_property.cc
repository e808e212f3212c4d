// O8: an acknowledged write can be read, at once and at the position that the answer carries.

#include <gtest/gtest.h>

#include "tests/properties/story_run.h"
#include "tests/properties/views.h"

namespace freshet::properties {
namespace {

class ReadYourWriteRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    // Reads as the writer would that has just been answered.
    void on_acknowledged(const Delivery& delivery) override {
        const storage::Position position = delivery.receipt->position;
        const auto now = read_point();
        RC_ASSERT(position <= now->position());
        for (const support::SentRecord& record : delivery.records) {
            check_item(*now, model().now(), record.table, record.keys);
        }
        bool reached = false;
        const auto ticket = engine().when_reached(position, [&reached] { reached = true; });
        engine().give_up(ticket);
        RC_ASSERT(reached);
    }
};

TEST(O8, AnAcknowledgedWriteCanBeRead) {
    EXPECT_TRUE(rc::check([] { ReadYourWriteRun(*support::any_story()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
