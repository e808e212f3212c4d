// What storage/side_state.h and the part of storage/data_folder.h about it promise, by example.

#include "storage/side_state.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/data_folder.h"
#include "tests/disks/power_loss_file_system.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::storage {
namespace {

namespace fs = std::filesystem;
using support::must;
using support::PowerLossFileSystem;

constexpr const char* fact_name = "which";

void put_fact(StateStore& state, const std::string& text) {
    StateBatch batch = must(state.begin());
    batch.put_fact(fact_name, text);
    must(state.commit(std::move(batch), {}));
}

std::optional<std::string> fact_of(StateStore& state) {
    std::optional<std::string> fact;
    must(must(state.snapshot())->facts(fact_name, [&](std::string_view, std::string_view bytes) {
        fact = bytes;
    }));
    return fact;
}

// The bytes of every file, by name.
std::map<std::string, std::string> files_in(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().filename()] = {std::istreambuf_iterator<char>(file),
                                          std::istreambuf_iterator<char>()};
    }
    return files;
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.insert(entry.path().filename());
    }
    return names;
}

class SideStateTest : public ::testing::Test {
protected:
    SideStateTest() {
        const auto data = must(DataFolder::open(path(), {}));
        put_fact(data->state(), "old");
        must(data->settle());
    }

    [[nodiscard]] std::string path() const { return folder.file("data"); }

    std::unique_ptr<DataFolder> open_without_state() {
        return must(DataFolder::open_without_state(path(), {}));
    }

    // What the state says that a start finds.
    std::optional<std::string> own_fact() {
        return fact_of(must(DataFolder::open(path(), {}))->state());
    }

    support::TempFolder folder;
};

TEST_F(SideStateTest, TakesThePlaceOfTheFoldersOwn) {
    const auto names = names_in(path());
    {
        const auto data = open_without_state();
        auto side = must(data->make_side_state());
        put_fact(side->state(), "new");

        must(data->swap_in(std::move(side)));
    }

    EXPECT_EQ(names_in(path()), names);
    EXPECT_EQ(own_fact(), "new");
}

TEST_F(SideStateTest, TakesAPlaceThatIsEmpty) {
    fs::remove_all(path() + "/state");
    {
        const auto data = open_without_state();
        auto side = must(data->make_side_state());
        put_fact(side->state(), "new");

        must(data->swap_in(std::move(side)));
    }

    EXPECT_EQ(own_fact(), "new");
}

TEST_F(SideStateTest, LeavesNothingIfItIsNotSwappedIn) {
    const auto names = names_in(path());
    const auto files = files_in(path() + "/state");

    put_fact(must(open_without_state()->make_side_state())->state(), "new");

    EXPECT_EQ(names_in(path()), names);
    EXPECT_EQ(files_in(path() + "/state"), files);
}

TEST_F(SideStateTest, CopiesTheFoldersOwnAndLeavesItAsItIs) {
    const auto files = files_in(path() + "/state");
    {
        const auto data = open_without_state();
        const auto copy = must(data->copy_state());

        EXPECT_EQ(fact_of(copy->state()), "old");
        put_fact(copy->state(), "changed");
        must(copy->state().flush());
        must(copy->state().clear());
    }

    EXPECT_EQ(files_in(path() + "/state"), files);
    EXPECT_EQ(own_fact(), "old");
}

TEST_F(SideStateTest, IsEmptyAsTheCopyOfNone) {
    fs::remove_all(path() + "/state");
    const auto data = open_without_state();

    const auto copy = must(data->copy_state());

    EXPECT_FALSE(must(copy->state().checkpoint()));
    EXPECT_FALSE(fs::exists(path() + "/state"));
}

TEST_F(SideStateTest, IsNoCopyOfAStateThatCannotBeOpened) {
    std::ofstream(path() + "/state/CURRENT") << "nonsense\n";
    const auto names = names_in(path());

    const auto copy = open_without_state()->copy_state();

    ASSERT_FALSE(copy);
    EXPECT_EQ(copy.error().code, Errc::damaged_state);
    EXPECT_EQ(names_in(path()), names);
}

TEST_F(SideStateTest, NeedsAFolderThatIsThereAndThatNobodyHolds) {
    const auto held = must(DataFolder::open(path(), {}));

    const auto second = DataFolder::open_without_state(path(), {});
    const auto missing = DataFolder::open_without_state(folder.file("nowhere"), {});

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::locked);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::refused);
    EXPECT_FALSE(fs::exists(folder.file("nowhere")));
}

TEST_F(SideStateTest, IsRemovedByTheNextStartIfACrashHasLeftIt) {
    const auto names = names_in(path());
    for (const char* name : {"/state.rebuilt", "/state.copy", "/state.replaced"}) {
        fs::copy(path() + "/state", path() + name);
    }

    EXPECT_EQ(own_fact(), "old");

    EXPECT_EQ(names_in(path()), names);
}

// A power cut at each operation of a swap, and after the last.
class SwapCrashTest : public ::testing::Test {
protected:
    void swap_with_power_cuts() {
        const std::string root = folder.file("data");
        fs::create_directory(root);
        files = std::make_shared<PowerLossFileSystem>(root, [this](std::uint64_t) { cut(); });
        const StorageOptions options{.file_system = files};
        {
            const auto data = must(DataFolder::open(root, options));
            put_fact(data->state(), "old");
            must(data->settle());
        }
        const auto data = must(DataFolder::open_without_state(root, options));
        auto side = must(data->make_side_state());
        put_fact(side->state(), "new");
        is_swapping = true;
        must(data->swap_in(std::move(side)));
        cut();
        is_swapping = false;
    }

    void cut() {
        const std::lock_guard lock(mutex);
        if (!is_swapping) return;
        for (int i = 0; i < cuts_at_a_moment; ++i) {
            left.push_back(folder.file("left-" + std::to_string(left.size())));
            files->clone(left.back(), random);
        }
    }

    static constexpr int cuts_at_a_moment = 4;

    support::TempFolder folder;
    std::shared_ptr<PowerLossFileSystem> files;
    std::mutex mutex;  // guards what follows: operations come from several threads
    bool is_swapping = false;
    std::mt19937_64 random{7};
    std::vector<std::string> left;
};

TEST_F(SwapCrashTest, LeavesTheOldStateTheNewOneOrNone) {
    swap_with_power_cuts();

    std::set<std::string> found;
    for (const std::string& path : left) {
        const auto data = must(DataFolder::open(path, {}));
        found.insert(fact_of(data->state()).value_or("none"));
        for (const std::string& name : names_in(path)) EXPECT_FALSE(name.starts_with("state."));
    }

    EXPECT_TRUE(found.contains("old"));
    EXPECT_TRUE(found.contains("new"));
    for (const std::string& fact : found) {
        EXPECT_TRUE(fact == "old" || fact == "new" || fact == "none") << fact;
    }
    EXPECT_EQ(fact_of(must(DataFolder::open(left.back(), {}))->state()), "new")
        << "once it is swapped in, it stays";
}

// ---- what must always hold ----

class SideStateDeathTest : public SideStateTest, support::FreshProcess {};

TEST_F(SideStateDeathTest, IsReadByNobodyOnceItIsGone) {
    const auto data = open_without_state();
    auto side = must(data->make_side_state());
    const auto snapshot = must(side->state().snapshot());

    EXPECT_DEATH(side.reset(), "nothing reads a side state once it is gone");
}

TEST_F(SideStateDeathTest, IsSwappedInByTheFolderThatMadeIt) {
    const auto data = open_without_state();
    auto copy = must(data->copy_state());

    EXPECT_DEATH((void)data->swap_in(std::move(copy)), "a folder takes in the state it had made");
}

TEST_F(SideStateDeathTest, IsNotOfAFolderWithItsStateOpen) {
    const auto data = must(DataFolder::open(path(), {}));
    std::unique_ptr<SideState> none;

    EXPECT_DEATH((void)data->make_side_state(), "side states are of a folder opened without");
    EXPECT_DEATH((void)data->copy_state(), "only a state that is not open is copied");
    EXPECT_DEATH((void)data->swap_in(std::move(none)), "only a state that is not open is replaced");
}

TEST_F(SideStateDeathTest, IsNotWhatAFolderOpenedWithoutItsStateIsAskedFor) {
    const auto data = open_without_state();

    EXPECT_DEATH((void)data->state(), "opened without its state is not asked for it");
    EXPECT_DEATH((void)data->settle(), "opened without its state has nothing to settle");
    EXPECT_DEATH((void)data->usage(), "opened without its state does not tell its usage");
}

}  // namespace
}  // namespace freshet::storage
