// O6: rebuilding from the log gives the same bytes.

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/properties/story_run.h"

namespace freshet::properties {
namespace {

class ReplayRun : public StoryRun {
public:
    using StoryRun::StoryRun;

protected:
    void on_closing() override { bytes_ = state_bytes(); }

    // Keeps the state of the first stop, from which the last start goes on.
    void on_closed() override {
        if (has_kept_) return;
        std::filesystem::copy(state_path(), kept_path(), std::filesystem::copy_options::recursive);
        has_kept_ = true;
    }

    void on_reopened() override { RC_ASSERT(state_bytes() == bytes_); }

    void on_end() override {
        reopen(false);
        reopen(true);

        on_closing();
        close();
        std::filesystem::remove_all(state_path());
        std::filesystem::rename(kept_path(), state_path());
        open();
        on_reopened();
    }

private:
    [[nodiscard]] std::string kept_path() const { return state_path() + "-of-the-first-stop"; }

    bool has_kept_ = false;
    std::vector<std::pair<std::string, std::string>> bytes_;
};

TEST(O6, RebuildingGivesTheSameBytes) {
    EXPECT_TRUE(rc::check([] { ReplayRun(*support::any_story()).run(); }));
}

}  // namespace
}  // namespace freshet::properties
