// freshet rebuild: a state folded anew out of the log is the one that the server had, whatever
// became of the server; one that is not is found; and what another configuration would change can
// be seen before it does.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "storage/data_folder.h"
#include "tests/disks/file_size_limit.h"
#include "tests/support/must.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;
using support::must;

constexpr const char* totals = R"(
[[table.total]]
name   = "by-creator"
by     = "creator"
values = ["count", { max = "createdAt" }]
)";

// The bytes of every file of a folder, by name.
std::map<std::string, std::string> files_in(const std::string& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().filename()] = {std::istreambuf_iterator<char>(file),
                                          std::istreambuf_iterator<char>()};
    }
    return files;
}

class RebuildTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    void append_orders(int count) {
        std::string records;
        for (int i = 0; i < count; ++i) {
            if (i > 0) records += ',';
            records += inserted(name(i), 1, attributes(i, "placed")).text();
        }
        system.append(event_of(records));
    }

    // Changes every third order and removes every tenth.
    void change_orders(int count) {
        std::string records;
        for (int i = 0; i < count; i += 3) {
            if (i > 0) records += ',';
            records += i % 10 == 0 ? removed(name(i), 2).text()
                                   : modified(name(i), 2, attributes(i + 1, "paid")).text();
        }
        system.append(event_of(records));
    }

    static std::string name(int number) { return "order-" + std::to_string(number); }

    static std::string attributes(int number, std::string_view status) {
        return attribute("creator", number % 2 == 0 ? "alice" : "bob") + ',' +
               attribute("createdAt", std::to_string(1'000 + number)) + ',' +
               attribute("status", status);
    }

    std::string answers() {
        std::string all;
        for (const char* path : {"/views/all-orders?limit=1000", "/views/my-orders/alice",
                                 "/views/my-orders/bob", "/views/by-creator"}) {
            const HttpAnswer answer = system.get(path);
            EXPECT_EQ(answer.status, 200) << path;
            all += answer.body;
        }
        return all;
    }

    std::vector<std::string> command(const std::vector<std::string>& more = {}) {
        std::vector<std::string> all = {"rebuild", "--config", system.config_path()};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    ProcessEnd rebuild(const std::vector<std::string>& more = {}) { return run(command(more)); }

    void expect_green() {
        const ProcessEnd end = rebuild({"--check"});
        EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
        EXPECT_TRUE(contains(end.output, "the state is what the log says: ")) << end.output;
    }

    // Changes the state of the stopped server behind its back.
    template <class Change>
    void tamper(Change change) {
        const auto data = must(storage::DataFolder::open(system.folder(), {}));
        auto batch = must(data->state().begin());
        change(batch);
        must(data->state().commit(std::move(batch), *must(data->state().checkpoint())));
        must(data->settle());
    }

    // The rows of a list of the stopped server: place and key.
    std::vector<std::pair<std::string, std::string>> rows_of(const std::string& id) {
        const auto data = must(storage::DataFolder::open(system.folder(), {}));
        std::vector<std::pair<std::string, std::string>> rows;
        must(must(data->state().snapshot())
                 ->rows(id, "", "",
                        [&](std::string_view place, std::string_view key) -> Result<bool> {
                            rows.emplace_back(place, key);
                            return true;
                        }));
        return rows;
    }

    std::string id_of(const std::string& list) {
        const auto read = must(engine::read_config(system.config_path()));
        return std::get<const engine::ListView*>(read.catalog->view(list))->rows;
    }

    void expect_nothing_beside_the_state() {
        for (const auto& entry : fs::directory_iterator(system.folder())) {
            EXPECT_FALSE(entry.path().filename().string().starts_with("state.")) << entry.path();
        }
    }

    // Returns once the rebuild that was started has been seen at work so many times, or is done.
    void await_looks(int count) {
        const std::string begun = system.folder() + "/state.rebuilt/CURRENT";
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        int looks = 0;
        while (looks < count && std::chrono::steady_clock::now() < deadline) {
            const bool is_at_work = fs::exists(begun);
            if (looks > 0 && !is_at_work) return;
            if (is_at_work) ++looks;
        }
    }

    const std::string config = orders_config + totals;
    System system{config};
};

TEST_F(RebuildTest, GivesTheSameAnswers) {
    append_orders(50);
    change_orders(50);
    const std::string before = answers();
    system.stop();
    tamper([&](storage::StateBatch& batch) { batch.erase_rows(id_of("all-orders")); });

    const ProcessEnd end = rebuild();

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "67 records folded up to position 67, 50 items, "))
        << end.output;
    expect_nothing_beside_the_state();
    expect_green();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(answers(), before);
    EXPECT_EQ(system.append(inserted(name(7), 1).text())["duplicates"].text(), "1");
}

TEST_F(RebuildTest, MakesAStateWhereThereIsNone) {
    append_orders(5);
    const std::string before = answers();
    system.stop();
    system.delete_state();

    EXPECT_EQ(rebuild().exit_code, 0);

    expect_green();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(answers(), before);
}

TEST_F(RebuildTest, IsRefusedWhileTheServerRuns) {
    append_orders(5);
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{}, {"--check"}, {"--dry-run"}}) {
        const ProcessEnd end = rebuild(more);

        EXPECT_EQ(end.exit_code, 1);
        EXPECT_TRUE(contains(end.errors, "another process has this data folder open"))
            << end.errors;
        EXPECT_TRUE(contains(end.errors, "stop the server first")) << end.errors;
    }
    EXPECT_EQ(system.list("/views/all-orders").size(), 5U);
}

TEST_F(RebuildTest, NeedsAFolderThatIsThere) {
    system.stop();
    fs::remove_all(system.folder());

    const ProcessEnd end = rebuild();

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "there is no data folder")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "storage.path")) << end.errors;
    EXPECT_FALSE(fs::exists(system.folder()));
}

TEST_F(RebuildTest, FindsAStoppedServersStateInOrderAndLeavesItAsItIs) {
    append_orders(50);
    change_orders(50);
    system.stop();
    const auto before = files_in(system.folder() + "/state");

    expect_green();

    EXPECT_EQ(files_in(system.folder() + "/state"), before);
    expect_nothing_beside_the_state();
}

TEST_F(RebuildTest, FindsAKilledServersStateInOrder) {
    append_orders(50);
    system.stop();
    ASSERT_TRUE(system.start());
    change_orders(50);
    system.kill();

    const ProcessEnd end = rebuild({"--check"});

    EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
    EXPECT_TRUE(contains(end.output, "17 records were not yet in it")) << end.output;
}

TEST_F(RebuildTest, NamesTheListAndTheKeyOfARowThatIsNotAsItShouldBe) {
    append_orders(20);
    system.stop();
    const std::string id = id_of("my-orders");
    const auto rows = rows_of(id);
    ASSERT_EQ(rows.size(), 20U);
    tamper([&](storage::StateBatch& batch) { batch.erase_row(id, rows.front().first); });

    const ProcessEnd end = rebuild({"--check"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.output, "the state is not what the log says")) << end.output;
    EXPECT_TRUE(contains(end.output, "list my-orders: 1 missing, 0 too many")) << end.output;
    EXPECT_TRUE(contains(end.output, "missing: \"order-18\"")) << "the newest of alice's\n"
                                                               << end.output;
    EXPECT_FALSE(contains(end.output, "all-orders")) << end.output;
    EXPECT_EQ(rebuild({"--check"}).exit_code, 1) << "checking mends nothing";
    EXPECT_EQ(rebuild().exit_code, 0);
    expect_green();
}

TEST_F(RebuildTest, NamesTheTableAndTheKeyOfAnItemThatIsNotAsItShouldBe) {
    append_orders(20);
    system.stop();
    tamper([&](storage::StateBatch& batch) {
        const std::string key = "\x40" + name(4) + std::string("\0\x01", 2);
        const auto item = must(batch.item("orders", key));
        ASSERT_NE(item, nullptr);
        storage::ItemParts parts = item->parts();
        parts.sequence = "77";
        batch.put_item("orders", key, parts);
    });

    const ProcessEnd end = rebuild({"--check"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.output, "table orders: 0 missing, 0 too many, 1 with another content"))
        << end.output;
    EXPECT_TRUE(contains(end.output, "other: \"order-4\"")) << end.output;
}

TEST_F(RebuildTest, TellsOfManyDifferencesInFewLines) {
    append_orders(200);
    system.stop();
    tamper([&](storage::StateBatch& batch) {
        batch.erase_rows(id_of("my-orders"));
        batch.erase_rows(id_of("all-orders"));
    });

    const ProcessEnd end = rebuild({"--check"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.output, "list all-orders: 200 missing")) << end.output;
    EXPECT_TRUE(contains(end.output, "and 195 more")) << end.output;
    EXPECT_LT(std::count(end.output.begin(), end.output.end(), '\n'), 20);
}

TEST_F(RebuildTest, SaysOfADamagedStateThatItIs) {
    append_orders(20);
    system.stop();
    for (const auto& entry : fs::directory_iterator(system.folder() + "/state")) {
        if (entry.path().extension() == ".sst") fs::resize_file(entry.path(), 100);
    }

    const ProcessEnd end = rebuild({"--check"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "what to do")) << end.errors;
    EXPECT_EQ(rebuild().exit_code, 0);
    expect_green();
}

TEST_F(RebuildTest, ShowsWhatAChangedConfigurationWouldChange) {
    append_orders(20);
    change_orders(20);
    system.stop();
    system.configure(with(
        with(with(config, "name = \"my-orders\"", "name = \"orders-of\""), "name = \"all-orders\"",
             "name = \"all-orders\"\nwhere = { status = [\"paid\"] }"),
        "values = [\"count\", { max", "values = [\"count\", { min"));
    const auto before = files_in(system.folder() + "/state");

    const ProcessEnd end = rebuild({"--dry-run"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    for (const char* line :
         {"list orders-of: new, 19 items\n",
          "list all-orders: changed, 19 items before, 6 after: 0 enter, 13 leave, 0 change",
          "leave: \"order-1\", \"order-10\", ", " and 8 more\n",
          "total by-creator: changed, 2 groups before, 2 after: 0 new, 0 gone, 2 say something "
          "else",
          "list my-orders: gone, 19 items\n",
          "this was a dry run: state and log are as they were\n"}) {
        EXPECT_TRUE(contains(end.output, line)) << line << "\nin " << end.output;
    }
    EXPECT_EQ(files_in(system.folder() + "/state"), before);
    expect_nothing_beside_the_state();

    system.configure(config);
    const ProcessEnd same = rebuild({"--dry-run"});
    EXPECT_TRUE(contains(same.output, "list all-orders: same, 19 items\n")) << same.output;
    EXPECT_TRUE(contains(same.output, "total by-creator: same, 2 groups\n")) << same.output;
}

TEST_F(RebuildTest, SaysThatAKilledServersStateIsOfAnEarlierPosition) {
    append_orders(20);
    system.stop();
    ASSERT_TRUE(system.start());
    change_orders(20);
    system.kill();

    const ProcessEnd end = rebuild({"--dry-run"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "list all-orders: same definition, 20 items before, 19 after"))
        << end.output;
    EXPECT_TRUE(contains(end.output, "before is position 20, after is position 27")) << end.output;
}

TEST_F(RebuildTest, RefusesToShowATableOfAnotherKey) {
    append_orders(5);
    system.stop();
    system.configure(with(config, "key  = [\"pk\"]", "key  = [\"id\"]"));

    const ProcessEnd end = rebuild({"--dry-run"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors,
                         "table orders is declared with the key [\"id\"], and its items "
                         "came with [\"pk\"]"))
        << end.errors;
}

TEST_F(RebuildTest, IsUsedWronglyWithBothAndWithAWrongConfiguration) {
    system.stop();

    EXPECT_EQ(rebuild({"--check", "--dry-run"}).exit_code, 2);
    EXPECT_EQ(run({"rebuild"}).exit_code, 2);
    EXPECT_EQ(run({"rebuild", "--config", "/nowhere/freshet.toml"}).exit_code, 2);
}

TEST_F(RebuildTest, LeavesTheStateAsItIsIfTheDiskTakesNoMore) {
    std::mt19937 dice(7);
    for (int i = 0; i < 12; ++i) {
        std::string text(300'000, 'x');
        for (char& c : text) c = static_cast<char>('a' + dice() % 26);
        system.append(inserted(name(i), 1, attribute("text", text)).text());
    }
    system.stop();
    ASSERT_TRUE(system.start()) << "which moves the log out of its write-ahead log";
    system.stop();
    const auto before = files_in(system.folder() + "/state");
    {
        const support::FileSizeLimit limit(1U << 20U);

        const ProcessEnd end = rebuild();

        EXPECT_EQ(end.exit_code, 1) << end.output;
        EXPECT_TRUE(contains(end.errors, "what to do")) << end.errors;
    }

    EXPECT_EQ(files_in(system.folder() + "/state"), before);
    expect_nothing_beside_the_state();
    expect_green();
}

TEST_F(RebuildTest, MayBeKilledAtAnyMoment) {
    constexpr int kills = 6;
    for (int i = 0; i < 4; ++i) {
        std::string records;
        for (int j = 0; j < 1'000; ++j) {
            if (j > 0) records += ',';
            records += inserted(name(1'000 * i + j), 1, attributes(j, "placed")).text();
        }
        system.append(event_of(records));
    }
    const std::string before = answers();
    system.stop();

    for (int i = 0; i < kills; ++i) {
        std::vector<std::string> arguments = command();
        arguments.insert(arguments.begin(), support::freshet_program());
        support::ChildProcess process(arguments);
        await_looks(2'000 * i);
        process.send(SIGKILL);
        process.wait();
    }

    ASSERT_TRUE(system.start());
    EXPECT_EQ(answers(), before);
    expect_nothing_beside_the_state();
    system.stop();
    EXPECT_EQ(rebuild().exit_code, 0);
    expect_green();
}

}  // namespace
}  // namespace freshet::systems
