// O5: at every moment every view equals the fold of a prefix of the log, the same prefix for all.

#include <gtest/gtest.h>

#include "tests/properties/story_run.h"
#include "tests/properties/views.h"

namespace freshet::properties {
namespace {

class FoldRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    void on_group(const std::vector<const Delivery*>& /*group*/) override {
        moments_.push_back({.read_point = read_point(), .expected = model().now()});
        check_views(*moments_.back().read_point, model().now());
    }

    // A read point goes on showing its own moment, whatever has happened since.
    void on_closing() override {
        for (const Held& held : moments_) check_views(*held.read_point, held.expected);
        moments_.clear();
    }

    void on_reopened() override { check_views(*read_point(), model().now()); }

    void on_end() override {
        support::Moment folded;
        std::size_t index = 0;
        for (const support::SentRecord& record : model().log()) folded.fold(record, index++);
        check_views(*read_point(), folded);
    }

private:
    struct Held {
        std::shared_ptr<const engine::ReadPoint> read_point;
        support::Moment expected;
    };
    std::vector<Held> moments_;
};

TEST(O5, EveryViewIsTheFoldOfAPrefixOfTheLog) {
    EXPECT_TRUE(rc::check([] { FoldRun(*support::any_story()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
