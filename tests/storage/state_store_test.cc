// What storage/state_store.h promises, by example.

#include "storage/state_store.h"

#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "storage/data_folder.h"
#include "storage/empty_stretches.h"
#include "storage/internal/state_keys.h"
#include "storage/state_cursor.h"
#include "tests/disks/temp_folder.h"
#include "tests/storage/colliding_keys.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::storage {
namespace {

using support::image_of;
using std::string_literals::operator""s;
using support::must;

class StateStoreTest : public ::testing::Test {
protected:
    StateStoreTest() { open(); }

    void open() { data = must(DataFolder::open(folder.file("data"), {})); }
    StateStore& state() { return data->state(); }
    std::shared_ptr<const StateSnapshot> now() { return must(state().snapshot()); }

    static ItemParts item(const ImageView& image, std::uint64_t changed) {
        return {.source = "s",
                .label = "l",
                .sequence = "42",
                .created = Position{1},
                .changed = Position{changed},
                .stale = false,
                .image = image};
    }

    static Checkpoint at(std::uint64_t position) {
        return {.mark = {.epoch = 1, .position = Position{position}, .chain = 2}, .layout = 3};
    }

    // The places of the rows of `projection` under `prefix`.
    static std::vector<std::string> places(const StateSnapshot& snapshot,
                                           std::string_view projection, std::string_view prefix,
                                           std::string_view after = {}) {
        std::vector<std::string> places;
        must(snapshot.rows(projection, prefix, after,
                           [&](std::string_view place, std::string_view) -> Result<bool> {
                               places.emplace_back(place);
                               return true;
                           }));
        return places;
    }

    support::TempFolder folder;
    std::unique_ptr<DataFolder> data;
};

TEST_F(StateStoreTest, ABatchTellsWhatItHasWritten) {
    const Image image = image_of({{"pk", "a"}});
    StateBatch first = must(state().begin());
    first.put_item("orders", "a", item(image.view(), 1));
    first.put_item("orders", "b", item(image.view(), 1));
    first.put_row("list", "here", "a");
    must(state().commit(std::move(first), at(1)));
    StateBatch batch = must(state().begin());

    batch.put_item("orders", "a", item(image.view(), 2));
    must(batch.item("orders", "b"));
    batch.erase_row("list", "here");
    batch.put_row("list", "there", "a");
    batch.put_fact("fact", "1");

    using Kind = StateBatch::EntryKind;
    std::set<std::pair<Kind, std::string>> told;
    batch.visit_entries([&](Kind kind, std::string_view entry) { told.emplace(kind, entry); });
    EXPECT_EQ(told, (std::set<std::pair<Kind, std::string>>{{Kind::item, "orders\0a"s},
                                                            {Kind::row, "list\0here"s},
                                                            {Kind::row, "list\0there"s}}));
}

// How many entries of the database that steps over.
template <class Read>
std::uint64_t stepped_over(const Read& read) {
    rocksdb::PerfContext& context = *rocksdb::get_perf_context();
    context.Reset();
    read();
    return context.internal_delete_skipped_count + context.internal_key_skipped_count;
}

// Rows by their number, so many in a commit that a reader of all of them would take a while.
class ManyRowsTest : public StateStoreTest {
protected:
    static constexpr int step = 2'048;

    static std::string place(int row) { return std::to_string(1'000'000 + row); }

    void put(int begin, int end) { change(begin, end, false); }
    void erase(int begin, int end) { change(begin, end, true); }

    void change(int begin, int end, bool erase) {
        for (int first = begin; first < end; first += step) {
            StateBatch batch = must(state().begin());
            for (int row = first; row < std::min(first + step, end); ++row) {
                if (erase) batch.erase_row("list", place(row));
                if (!erase) batch.put_row("list", place(row), "key");
            }
            must(state().commit(std::move(batch), at(++position)));
        }
        must(state().write_behind(true));
    }

    // The first place in that order, and how many entries of the database its reader stepped over.
    struct First {
        std::string place;
        std::uint64_t steps = 0;
    };
    First first(RowOrder order) {
        First found;
        found.steps = stepped_over([&] {
            must(now()->rows("list", RowRange{}, order,
                             [&](std::string_view place, std::string_view) -> Result<bool> {
                                 found.place = place;
                                 return false;
                             }));
        });
        return found;
    }

    std::uint64_t position = 0;
};

TEST_F(ManyRowsTest, ARowThatIsGoneIsSteppedOverByOneReader) {
    for (const RowOrder order : {RowOrder::rising, RowOrder::falling}) {
        put(0, 9'000);
        erase(order == RowOrder::rising ? 0 : 1'000, order == RowOrder::rising ? 8'000 : 9'000);
        const std::string expected = place(order == RowOrder::rising ? 8'000 : 999);
        ASSERT_GT(first(order).steps, 8'000U);

        const First second = first(order);

        EXPECT_EQ(second.place, expected);
        EXPECT_LT(second.steps, EmptyStretches::weight_least);
        must(state().clear());
        position = 0;
    }
}

TEST_F(ManyRowsTest, WhatGoesLaterIsSteppedOverAlone) {
    put(0, 9'000);
    erase(0, 4'000);
    first(RowOrder::rising);
    erase(4'000, 4'500);

    EXPECT_LT(first(RowOrder::rising).steps, 1'200U);
    EXPECT_LT(first(RowOrder::rising).steps, EmptyStretches::weight_least);
}

TEST_F(ManyRowsTest, ARowThatComesWhereNothingWasLeftIsRead) {
    put(0, 9'000);
    erase(0, 8'000);
    first(RowOrder::rising);
    put(3'000, 3'001);

    EXPECT_EQ(first(RowOrder::rising).place, place(3'000));
    EXPECT_LT(first(RowOrder::rising).steps, EmptyStretches::weight_least);
}

TEST_F(ManyRowsTest, AReaderOfAnEarlierMomentSeesTheRowsThatWentSince) {
    put(0, 9'000);
    const auto before = now();
    erase(0, 9'000);
    first(RowOrder::rising);

    EXPECT_EQ(places(*before, "list", "").size(), 9'000U);
}

// Nobody knows what the disk has of them.
TEST_F(ManyRowsTest, WhatIsOpenedAgainIsReadAgain) {
    put(0, 9'000);
    must(state().flush());
    erase(0, 9'000);
    first(RowOrder::rising);
    must(state().reopen());  // flushes as well, so:
    put(0, 1);

    EXPECT_EQ(first(RowOrder::rising).place, place(0));
}

// The first reader after a start, or of a list that nobody reads, steps over what is not compacted.
TEST_F(ManyRowsTest, DeletionsDoNotPileUp) {
    constexpr int rows = 4 * static_cast<int>(deletions_max);
    put(0, rows);
    erase(0, rows - step);

    // Compactions run in the background, and end: from then on there are so few.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto bound = 2 * (deletions_max + step);  // each deletion, and the row that it hides
    std::uint64_t steps = bound + 1;
    while (steps > bound && std::chrono::steady_clock::now() < deadline) {
        StateBatch other = must(state().begin());
        other.put_row("list", place(0) + std::to_string(position), "key");
        must(state().commit(std::move(other), at(++position)));
        must(state().reopen());  // what is known of stretches is gone
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        steps = first(RowOrder::falling).steps;
    }
    EXPECT_LE(steps, bound);
}

// Keys of items whose entries in the database have one hash.
std::string key_of_one_hash(int number) {
    return "0123456789" + colliding_end(number);
}

TEST_F(StateStoreTest, ABatchTellsEntriesApartThatHaveOneHash) {
    const Image image = image_of({{"n", "1"}});
    const auto hash_of = [](const std::string& entry) { return HashedKey(entry).hash(); };
    ASSERT_EQ(hash_of(internal::item_entry("t", key_of_one_hash(1))),
              hash_of(internal::item_entry("t", key_of_one_hash(2))));
    ASSERT_EQ(hash_of(internal::row_entry("t", key_of_one_hash(1))),
              hash_of(internal::row_entry("t", key_of_one_hash(2))));
    StateBatch batch = must(state().begin());
    for (int i = 0; i < 20; i += 2) {
        batch.put_item("t", key_of_one_hash(i), item(image.view(), 10 + i));
        batch.put_row("t", key_of_one_hash(i), std::to_string(i));
    }

    for (int i = 0; i < 20; ++i) {
        const auto known = must(batch.item("t", key_of_one_hash(i)));
        const auto row = must(batch.row("t", key_of_one_hash(i)));
        ASSERT_EQ(known != nullptr, i % 2 == 0) << i;
        ASSERT_EQ(row.has_value(), i % 2 == 0) << i;
        if (known) {
            EXPECT_EQ(known->parts().changed.value, static_cast<std::uint64_t>(10 + i));
            EXPECT_EQ(row, std::to_string(i));
        }
    }
    must(state().commit(std::move(batch), at(1)));
    for (int i = 0; i < 20; i += 2) {
        const auto read = must(now()->item("t", key_of_one_hash(i)));
        ASSERT_NE(read, nullptr);
        EXPECT_EQ(read->parts().changed.value, static_cast<std::uint64_t>(10 + i));
    }
}

// A shorter one lies where the one before it lay.
TEST_F(StateStoreTest, ARowIsWhatWasWrittenLastWhateverTheLengths) {
    StateBatch batch = must(state().begin());
    batch.put_row("list", "other", "beside");
    for (const char* key : {"a", "longer", "short", "s", "longer again", "the last"}) {
        batch.put_row("list", "place", key);
        EXPECT_EQ(must(batch.row("list", "place")), key);
    }
    EXPECT_EQ(must(batch.row("list", "other")), "beside");
    batch.erase_row("list", "other");
    must(state().commit(std::move(batch), at(1)));

    EXPECT_EQ(must(must(state().begin()).row("list", "place")), "the last");
}

// What waits to be put on disk, in the tests below.
// Each commit moves one row of a pair, and nobody sees another number of them.
TEST_F(StateStoreTest, IsReadInOrderWhileItIsCommittedToAndWritten) {
    constexpr int commits = 600;
    const auto place_of = [](int number) { return std::to_string(1'000 + number % 7); };
    StateBatch first = must(state().begin());
    first.add_row("list", place_of(0), "key");
    must(state().commit(std::move(first), at(1)));
    std::atomic<bool> is_over = false;
    const auto read = [&] {
        int reads = 0;
        while (!is_over || reads == 0) {
            const auto snapshot = now();
            EXPECT_EQ(places(*snapshot, "list", "").size(), 1U);
            EXPECT_NE(must(snapshot->item("t", "k")), nullptr);
            ++reads;
        }
    };
    const Image image = image_of({{"pk", "k"}});
    StateBatch item_batch = must(state().begin());
    item_batch.put_item("t", "k", item(image.view(), 2));
    must(state().commit(std::move(item_batch), at(2)));
    std::thread one(read);
    std::thread other(read);
    for (int number = 1; number <= commits; ++number) {
        StateBatch batch = must(state().begin());
        batch.erase_row("list", place_of(number - 1));
        batch.add_row("list", place_of(number), "key");
        must(state().commit(std::move(batch), at(2 + static_cast<std::uint64_t>(number))));
        if (number % 16 == 0) must(state().write_behind(true));
    }
    is_over = true;
    one.join();
    other.join();
}

class UnflushedTest : public ManyRowsTest {
protected:
    // So many rows that to fold them again would take a while.
    void put_many() {
        const int first = static_cast<int>(position) * step;
        put(first, first + 200'000);
        ASSERT_GT(unflushed(), unflushed_bytes_max);
    }
    std::uint64_t unflushed() { return state().usage().value().memtable_bytes; }
    bool gets_flushed() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (unflushed() > unflushed_bytes_max && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return unflushed() <= unflushed_bytes_max;
    }
};

TEST_F(UnflushedTest, WhatIsCommittedIsFlushedOnceNothingIsAdded) {
    put_many();
    must(state().flush_if_due());
    EXPECT_GT(unflushed(), unflushed_bytes_max) << "more may come";

    must(state().flush_if_due());

    EXPECT_TRUE(gets_flushed());
}

TEST_F(UnflushedTest, WhatIsCommittedIsFlushedAfterAWhileThoughMoreIsAdded) {
    put_many();
    for (int call = 1; call < flush_calls_max; ++call) {
        must(state().flush_if_due());
        put(-call, -call + 1);
    }
    EXPECT_GT(unflushed(), unflushed_bytes_max);

    must(state().flush_if_due());

    EXPECT_TRUE(gets_flushed());
}

TEST_F(UnflushedTest, WhatIsSoonFoldedAgainIsNotFlushed) {
    put(0, step);
    const std::uint64_t before = unflushed();
    for (int call = 0; call < 2 * flush_calls_max; ++call) must(state().flush_if_due());

    EXPECT_EQ(unflushed(), before);
}

TEST_F(StateStoreTest, IsReadHoweverItIsCompressed) {
    const std::string text(100'000, 'x');
    std::uint64_t position = 0;
    std::vector<std::string> expected;
    for (const Compression compression :
         {Compression::none, Compression::zstd, Compression::lz4, Compression::none}) {
        data.reset();
        data = must(DataFolder::open(folder.file("data"), {.compression = compression}));
        StateBatch batch = must(state().begin());
        expected.push_back(std::to_string(++position));
        batch.put_row("list", expected.back(), text);
        must(state().commit(std::move(batch), at(position)));
        must(state().flush());

        EXPECT_EQ(places(*now(), "list", ""), expected);
    }
}

TEST_F(StateStoreTest, ABatchNamesItsFactsAsItLeavesThem) {
    StateBatch first = must(state().begin());
    for (const char* name : {"a", "b/1", "b/2", "b/4", "c"}) first.put_fact(name, "x");
    must(state().commit(std::move(first), at(1)));
    StateBatch batch = must(state().begin());
    batch.erase_fact("b/2");
    batch.erase_fact("b/9");
    batch.put_fact("b/3", "y");
    batch.put_fact("b/4", "y");

    using Names = std::vector<std::string>;
    EXPECT_EQ(must(batch.fact_names("b/", "b0")), (Names{"b/1", "b/3", "b/4"}));
    EXPECT_EQ(must(batch.fact_names("b/2", "b/4")), Names{"b/3"});
    EXPECT_EQ(must(batch.fact_names("b/4", "b/4")), Names{});
    EXPECT_EQ(must(batch.fact_names("c", "a")), Names{});
    EXPECT_EQ(must(batch.fact_names("b/", "b0", 2)), (Names{"b/1", "b/3"}));
    EXPECT_EQ(must(batch.fact_names("b/1", "d", 3)), (Names{"b/1", "b/3", "b/4"}));
    EXPECT_EQ(must(batch.fact_names("b/", "d", 0)), Names{});
}

TEST_F(StateStoreTest, ShowsACommitWholeAndOnlyToLaterSnapshots) {
    const Image image = image_of({{"pk", "a"}});
    StateBatch batch = must(state().begin());
    batch.put_item("orders", "a", item(image.view(), 7));
    batch.put_row("list", "p1", "a");
    const auto before = now();
    must(state().commit(std::move(batch), at(7)));

    EXPECT_EQ(must(before->item("orders", "a")), nullptr);
    EXPECT_TRUE(places(*before, "list", "").empty());
    const auto known = must(now()->item("orders", "a"));
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->parts().changed, Position{7});
    EXPECT_EQ(known->parts().sequence, "42");
    EXPECT_TRUE(identical(*known->parts().image, image.view()));
    EXPECT_EQ(places(*now(), "list", ""), std::vector<std::string>{"p1"});
    EXPECT_EQ(must(state().checkpoint()), at(7));
}

TEST_F(StateStoreTest, ReadsInABatchWhatTheBatchHasWritten) {
    const Image image = image_of({{"pk", "a"}});
    StateBatch batch = must(state().begin());

    EXPECT_EQ(must(batch.item("orders", "a")), nullptr);
    batch.put_item("orders", "a", item(image.view(), 7));
    EXPECT_EQ(must(batch.item("orders", "a"))->parts().changed, Position{7});
    EXPECT_EQ(must(batch.item("notes", "a")), nullptr) << "another table's item of the same key";
}

TEST_F(StateStoreTest, KeepsAnItemOfABatchInOnePlaceThatMovesWithIt) {
    const Image image = image_of({{"pk", "a"}});
    StateBatch first = must(state().begin());
    first.put_item("orders", "a", item(image.view(), 7));
    must(state().commit(std::move(first), at(7)));
    StateBatch second = must(state().begin());

    StateBatch::KnownItem* const known = must(second.known_item("orders", "a"));
    EXPECT_EQ(known->item()->parts().changed, Position{7});
    StateBatch::put_item(*known, item(image.view(), 8));
    StateBatch moved = std::move(second);

    EXPECT_EQ(must(moved.known_item("orders", "a")), known) << "it is looked up once";
    EXPECT_EQ(must(moved.item("orders", "a"))->parts().changed, Position{8});
    must(state().commit(std::move(moved), at(8)));
    EXPECT_EQ(must(now()->item("orders", "a"))->parts().changed, Position{8});
}

TEST_F(StateStoreTest, WritesNoItemThatABatchHasOnlyRead) {
    StateBatch batch = must(state().begin());

    EXPECT_EQ(must(batch.known_item("orders", "a"))->item(), nullptr);
    must(state().commit(std::move(batch), at(1)));

    EXPECT_EQ(must(now()->item("orders", "a")), nullptr);
}

TEST_F(StateStoreTest, ReadsARowAsTheBatchLeftItOrElseAsTheStoreHasIt) {
    StateBatch first = must(state().begin());
    first.put_row("total", "kept", "1");
    first.put_row("total", "written", "1");
    first.put_row("total", "erased", "1");
    must(state().commit(std::move(first), at(1)));
    StateBatch second = must(state().begin());

    second.put_row("total", "written", "2");
    second.erase_row("total", "erased");
    second.put_row("total", "new", "2");

    EXPECT_EQ(must(second.row("total", "kept")), "1");
    EXPECT_EQ(must(second.row("total", "written")), "2");
    EXPECT_EQ(must(second.row("total", "erased")), std::nullopt);
    EXPECT_EQ(must(second.row("total", "new")), "2");
    EXPECT_EQ(must(second.row("total", "never")), std::nullopt);
    EXPECT_EQ(must(second.row("tota", "kept")), std::nullopt) << "another projection's row";
}

TEST_F(StateStoreTest, ErasesARowThatAnEarlierCommitPut) {
    StateBatch first = must(state().begin());
    first.put_row("list", "p1", "a");
    first.put_row("list", "p2", "a");
    must(state().commit(std::move(first), at(1)));
    StateBatch second = must(state().begin());
    second.erase_row("list", "p1");
    second.put_row("list", "p3", "a");
    second.erase_row("list", "p3");
    must(state().commit(std::move(second), at(2)));

    EXPECT_EQ(places(*now(), "list", ""), std::vector<std::string>{"p2"});
}

TEST_F(StateStoreTest, ReadsTheRowsOfOnePrefixOfOneProjectionInOrder) {
    StateBatch batch = must(state().begin());
    for (const char* place : {"ab", "aa", "b", "a", "\xFF\xFF", "a\xFF"}) {
        batch.put_row("list", place, "k");
    }
    batch.put_row("list2", "aa", "k");
    must(state().commit(std::move(batch), at(1)));

    EXPECT_EQ(places(*now(), "list", "a"), (std::vector<std::string>{"a", "aa", "ab", "a\xFF"}));
    EXPECT_EQ(places(*now(), "list", "a", "aa"), (std::vector<std::string>{"ab", "a\xFF"}));
    EXPECT_EQ(places(*now(), "list", "\xFF"), std::vector<std::string>{"\xFF\xFF"});
    EXPECT_EQ(places(*now(), "list2", ""), std::vector<std::string>{"aa"});
}

TEST_F(StateStoreTest, ReadsTheRowsOfARangeInEitherOrder) {
    StateBatch batch = must(state().begin());
    for (const char* place : {"a", "b", "c", "d", "\xFF"}) batch.put_row("list", place, "k");
    for (const char* other : {"lis", "list2"}) batch.put_row(other, "b", "k");
    must(state().commit(std::move(batch), at(1)));
    const auto read = [&](const RowRange& range, RowOrder order) {
        std::string places;
        must(now()->rows("list", range, order,
                         [&](std::string_view place, std::string_view) -> Result<bool> {
                             places += place;
                             return true;
                         }));
        return places;
    };

    EXPECT_EQ(read({.begin = "b", .end = "d"}, RowOrder::rising), "bc");
    EXPECT_EQ(read({.begin = "b", .end = "d"}, RowOrder::falling), "cb");
    EXPECT_EQ(read({.begin = "bb", .end = ""}, RowOrder::falling), "\xFF"s + "dc");
    EXPECT_EQ(read({.begin = "", .end = ""}, RowOrder::falling), "\xFF"s + "dcba");
    EXPECT_EQ(read({.begin = "d", .end = "b"}, RowOrder::rising), "");
    EXPECT_EQ(read({.begin = "d", .end = "b"}, RowOrder::falling), "");
}

TEST(AfterPrefix, IsTheLeastPlaceAboveAllThatBeginWithIt) {
    EXPECT_EQ(after_prefix("ab"), "ac");
    EXPECT_EQ(after_prefix("a\xFF\xFF"), "b");
    EXPECT_EQ(after_prefix("\xFF"), "");
    EXPECT_EQ(after_prefix(""), "");
}

TEST_F(StateStoreTest, KeepsWhatWasFlushedOverARestart) {
    StateBatch batch = must(state().begin());
    batch.put_row("list", "p", "k");
    must(state().commit(std::move(batch), at(1)));
    must(state().flush());
    data.reset();
    open();

    EXPECT_EQ(places(*now(), "list", ""), std::vector<std::string>{"p"});
    EXPECT_EQ(must(state().checkpoint()), at(1));
}

TEST_F(StateStoreTest, IsEmptyAndUsableOnceCleared) {
    StateBatch batch = must(state().begin());
    batch.put_row("list", "p", "k");
    must(state().commit(std::move(batch), at(1)));

    must(state().clear());

    EXPECT_FALSE(must(state().checkpoint()));
    EXPECT_TRUE(places(*now(), "list", "").empty());
}

// ---- what must always hold ----

class StateStoreDeathTest : public StateStoreTest, support::FreshProcess {
protected:
    void commit_at(const Checkpoint& checkpoint) {
        must(state().commit(must(state().begin()), checkpoint));
    }
};

TEST_F(StateStoreDeathTest, NeverTakesACheckpointBack) {
    commit_at(at(5));

    EXPECT_DEATH(commit_at(at(4)), "a checkpoint never goes back");
}

TEST_F(StateStoreDeathTest, HasOneMarkForAPosition) {
    commit_at(at(5));
    Checkpoint other = at(5);
    other.mark.chain = 9;

    EXPECT_DEATH(commit_at(other), "a checkpoint never goes back");
}

TEST_F(StateStoreDeathTest, MayBeginAgainInAnotherEpochOrOnceCleared) {
    commit_at(at(5));
    Checkpoint other = at(1);
    other.mark.epoch = 2;
    commit_at(other);
    must(state().clear());

    commit_at(at(1));

    EXPECT_EQ(state().newest_commit(), at(1));
}

TEST_F(StateStoreDeathTest, EndsABatchOnce) {
    StateBatch batch = must(state().begin());
    must(state().commit(std::move(batch), at(1)));

    // NOLINTNEXTLINE(bugprone-use-after-move): it is what the store must notice
    EXPECT_DEATH((void)state().commit(std::move(batch), at(2)), "a batch ends once");
}

TEST_F(StateStoreDeathTest, EndsNoBatchOfAnotherStore) {
    const auto other = must(DataFolder::open(folder.file("other"), {}));

    EXPECT_DEATH((void)state().commit(must(other->state().begin()), at(1)),
                 "in the store that it was begun over");
}

TEST_F(StateStoreDeathTest, EndsNoBatchThatIsNotOverTheNewestCommit) {
    StateBatch late = must(state().begin());
    commit_at(at(1));

    EXPECT_DEATH((void)state().commit(std::move(late), at(2)), "a batch is over the newest commit");
}

TEST_F(StateStoreDeathTest, PutsNoRowThatIsThereAlready) {
    StateBatch batch = must(state().begin());
    batch.put_row("list", "p", "k");

    EXPECT_DEATH(batch.put_row("list", "p", "k"), "a row is written only where it changes");
}

TEST_F(StateStoreDeathTest, ErasesNoRowTwice) {
    StateBatch batch = must(state().begin());
    batch.erase_row("list", "p");

    EXPECT_DEATH(batch.erase_row("list", "p"), "a row is erased only where it was");
}

TEST_F(StateStoreDeathTest, TakesNoItemBack) {
    const Image image = image_of({{"pk", "a"}});
    StateBatch batch = must(state().begin());
    batch.put_item("orders", "a", item(image.view(), 7));

    EXPECT_DEATH(batch.put_item("orders", "a", item(image.view(), 6)),
                 "an item never becomes older");
}

TEST_F(StateStoreDeathTest, HasNoItemThatBeginsAfterItsNewestRecord) {
    const Image image = image_of({{"pk", "a"}});

    EXPECT_DEATH(Item(item(image.view(), 0)), "an item's life begins before its newest record");
}

TEST_F(StateStoreDeathTest, ShowsNothingThroughACursorThatIsNotValid) {
    const auto snapshot = now();
    StateCursor cursor = StateCursor::over_items(*snapshot, "orders");
    ASSERT_FALSE(cursor.valid());

    EXPECT_DEATH((void)cursor.key(), "a cursor shows an entry only where there is one");
    EXPECT_DEATH((void)cursor.value(), "a cursor shows an entry only where there is one");
    EXPECT_DEATH(cursor.next(), "a cursor moves on only from an entry");
}

}  // namespace
}  // namespace freshet::storage
