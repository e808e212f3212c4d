// What storage/facts_on_disk.h promises: facts can be read while a server has the folder open.

#include "storage/facts_on_disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::storage {
namespace {

using support::must;
using Facts = std::map<std::string, std::string>;

TEST(FactsOnDisk, AreThoseThatWereFlushedAlsoWhileTheFolderIsOpen) {
    const support::TempFolder folder;
    const auto data = must(DataFolder::open(folder.file("data"), {}));
    StateBatch batch = must(data->state().begin());
    batch.put_fact("lineage/orders", "one");
    batch.put_fact("lineage/users", "two");
    batch.put_fact("table/orders", "0pk");
    must(data->state().commit(std::move(batch), {}));
    must(data->state().flush());

    EXPECT_EQ(must(facts_on_disk(folder.file("data"), "lineage/")),
              (Facts{{"lineage/orders", "one"}, {"lineage/users", "two"}}));
    EXPECT_EQ(must(facts_on_disk(folder.file("data"), "nothing/")), Facts{});
}

TEST(FactsOnDisk, AreNoneWhereThereIsNoFolderAndNoneIsMade) {
    const support::TempFolder folder;

    EXPECT_EQ(must(facts_on_disk(folder.file("data"), "")), Facts{});
    EXPECT_FALSE(std::filesystem::exists(folder.file("data")));
}

TEST(FactsOnDisk, AreNotReadFromADamagedState) {
    const support::TempFolder folder;
    std::filesystem::create_directories(folder.file("data/state"));
    std::ofstream(folder.file("data/state/CURRENT")) << "MANIFEST-000007\n";

    const auto facts = facts_on_disk(folder.file("data"), "");

    ASSERT_FALSE(facts);
    EXPECT_TRUE(facts.error().code == Errc::damaged_state || facts.error().code == Errc::io)
        << facts.error().message;
}

}  // namespace
}  // namespace freshet::storage
