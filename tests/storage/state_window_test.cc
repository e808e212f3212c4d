// What storage/state_window.h and storage/state_run.h promise, by example.

#include "storage/state_window.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/internal/window_walk.h"

namespace freshet::storage {
namespace {

struct Row {
    std::string_view key;
    std::optional<std::string_view> value;
    bool was_absent = false;
};

std::shared_ptr<const StateNotes> commit_of(const std::vector<Row>& rows,
                                            std::string_view checkpoint = "1") {
    auto notes = std::make_shared<StateNotes>();
    for (const Row& row : rows) {
        StateNotes::Row& noted = notes->note_row(HashedKey(row.key)).first;
        if (row.value) noted.value = notes->keep(*row.value);
        noted.was_absent = row.was_absent;
    }
    notes->seal({.key = "c", .value = checkpoint});
    return notes;
}

using Texts = std::map<std::string, std::optional<std::string>>;

Texts written(const StateWindow& window) {
    Texts texts;
    for (const StateNotes::Entry& entry : window.in_order()) {
        texts.emplace(entry.key,
                      entry.value ? std::optional(std::string(*entry.value)) : std::nullopt);
    }
    return texts;
}

std::vector<std::string> walked(const StateWindow& window, RowOrder order) {
    std::vector<std::string> texts;
    internal::WindowWalk walk(window.seen(), "p", "q", order);
    for (; walk.valid(); walk.next()) {
        texts.push_back(std::string(walk.entry().key) + "=" +
                        std::string(walk.entry().value.value_or("gone")));
    }
    return texts;
}

constexpr std::size_t roomy = std::size_t{64} << 20U;

TEST(StateWindow, WritesTheLastOfEachEntryWithTheLastCheckpoint) {
    StateWindow window(roomy);
    window.add(commit_of({{"p1", "a"}, {"p2", "b"}}, "1"));
    window.add(commit_of({{"p1", "c"}}, "2"));
    window.add(commit_of({{"p2", std::nullopt}}, "3"));

    EXPECT_EQ(written(window), (Texts{{"c", "3"}, {"p1", "c"}, {"p2", std::nullopt}}));
}

TEST(StateWindow, WritesNothingOfARowThatCameAndWent) {
    StateWindow window(roomy);
    window.add(commit_of({{"p1", "a", true}}));
    window.add(commit_of({{"p1", std::nullopt}}));

    EXPECT_EQ(written(window), (Texts{{"c", "1"}}));
}

TEST(StateWindow, ErasesARowThatWentAndCameAndWent) {
    StateWindow window(roomy);
    window.add(commit_of({{"p1", std::nullopt}}));
    window.add(commit_of({{"p1", "a", true}}));
    window.add(commit_of({{"p1", std::nullopt}}));

    EXPECT_EQ(written(window), (Texts{{"c", "1"}, {"p1", std::nullopt}}));
}

TEST(StateWindow, IsWalkedInEitherOrderAsTheLastCommitLeftIt) {
    StateWindow window(roomy);
    window.add(commit_of({{"p1", "a"}, {"p3", "b", true}, {"p4", "c", true}}));
    window.add(commit_of({{"p2", "d"}, {"p3", "e"}, {"p1", std::nullopt}}));
    window.add(commit_of({{"p2", "f"}}));

    const std::vector<std::string> rising = {"p1=gone", "p2=f", "p3=e", "p4=c"};
    EXPECT_EQ(walked(window, RowOrder::rising), rising);
    EXPECT_EQ(walked(window, RowOrder::falling),
              std::vector<std::string>(rising.rbegin(), rising.rend()));
}

TEST(StateWindow, ShowsAReaderWhatThereWas) {
    StateWindow window(roomy);
    window.add(commit_of({{"p1", "a"}}));
    const auto before = window.seen();
    window.add(commit_of({{"p1", "b"}}));

    internal::WindowWalk walk(before, "p", "q", RowOrder::rising);

    ASSERT_TRUE(walk.valid());
    EXPECT_EQ(walk.entry().value, "a");
}

TEST(StateWindow, IsReadInFewRunsHoweverManyCommits) {
    StateWindow window(roomy);
    for (int commit = 0; commit < 100; ++commit) window.add(commit_of({{"p1", "a"}}));

    EXPECT_EQ(window.seen()->commits.size(), 100U);
    EXPECT_EQ(window.seen()->runs.size(), 3U);  // of 64, 32 and 4
}

TEST(StateWindow, IsFullAndDueByCommits) {
    StateWindow window(roomy);
    for (std::size_t commit = 1; commit <= StateWindow::commits_max; ++commit) {
        window.add(commit_of({}));
        EXPECT_EQ(window.is_due(), commit >= StateWindow::commits_max / 2) << commit;
        EXPECT_EQ(window.is_full(), commit >= StateWindow::commits_max) << commit;
    }
}

TEST(StateWindow, IsFullAndDueByBytes) {
    const std::string half(StateWindow::walked_bytes_max / 2, 'x');
    StateWindow window(4 * half.size());
    window.add(commit_of({{"p1", half}}));
    EXPECT_FALSE(window.is_due());

    window.add(commit_of({{"p1", half}}));
    EXPECT_TRUE(window.is_due());
    EXPECT_FALSE(window.is_full());

    window.add(commit_of({{"p1", half}}));
    window.add(commit_of({{"p1", half}}));
    EXPECT_TRUE(window.is_full());
}

TEST(StateWindow, IsDueSoonerWhereItIsReadInOrder) {
    const std::string bytes(StateWindow::walked_bytes_max, 'x');
    StateWindow window(roomy);
    window.add(commit_of({{"p1", "a"}}));
    EXPECT_EQ(walked(window, RowOrder::rising).size(), 1U);
    window.add(commit_of({{"p2", "b"}}));
    EXPECT_FALSE(window.is_due());

    window.add(commit_of({{"p3", bytes}}));
    EXPECT_TRUE(window.is_due());
}

TEST(StateNotes, LetGoOfItemsThatWereOnlyRead) {
    StateNotes notes;
    notes.note_item(HashedKey("i1"));
    notes.seal({.key = "c", .value = "1"});

    EXPECT_TRUE(notes.items().empty());
    EXPECT_EQ(notes.size(), 1U);  // the checkpoint
}

TEST(StateRun, IsPutInOrderOnce) {
    const auto first = commit_of({{"p2", "a"}, {"p1", "b"}});
    const auto second = commit_of({{"p3", "c"}});
    const StateRun both(std::make_shared<const StateRun>(*first),
                        std::make_shared<const StateRun>(*second));
    EXPECT_EQ(both.unordered(), first->size() + second->size());

    const std::vector<StateRun::Entry>& entries = both.in_order();

    ASSERT_EQ(entries.size(), 4U);  // with the checkpoint
    EXPECT_EQ(entries[1].key, "p1");
    EXPECT_EQ(entries[3].key, "p3");
    EXPECT_EQ(both.unordered(), 0U);
}

}  // namespace
}  // namespace freshet::storage
