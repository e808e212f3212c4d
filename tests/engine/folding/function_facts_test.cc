// What engine/folding/function_facts.h promises: what the state says of functions, and which of
// their notices count.

#include "engine/folding/function_facts.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"
#include "tests/world/images.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Notice;
using storage::NoticeKind;
using storage::ParkedAs;
using storage::Position;
using support::must;
using Numbers = std::vector<std::uint64_t>;

Notice of(NoticeKind kind, storage::FunctionNote note, const std::string& function) {
    Notice notice{.kind = kind, .by = {}, .table = {}, .stream = {}};
    notice.name = function;
    notice.function = std::move(note);
    return notice;
}

Notice place(std::uint64_t record, std::uint64_t reset = 0, const std::string& function = "f") {
    return of(NoticeKind::place, {.record = {record}, .reset = {reset}}, function);
}

Notice put_to(std::uint64_t record, const std::string& function = "f") {
    return of(NoticeKind::place, {.record = {record}, .is_reset = true}, function);
}

Notice parked(std::uint64_t record, std::uint64_t reset = 0, const std::string& function = "f") {
    Notice notice = of(NoticeKind::parked,
                       {.record = {record},
                        .reset = {reset},
                        .status = ParkedAs::failed,
                        .attempts = 3,
                        .error = "answered 500"},
                       function);
    notice.table = "orders";
    notice.keys = support::image_of({{"pk", "o-" + std::to_string(record)}});
    return notice;
}

Notice released(std::uint64_t record, const std::string& function = "f") {
    return of(NoticeKind::released, {.record = {record}}, function);
}

Notice paused(bool is_paused, const std::string& function = "f") {
    return of(NoticeKind::paused, {.is_paused = is_paused}, function);
}

class FunctionFactsTest : public ::testing::Test {
protected:
    // Appends them as one batch.
    Receipt receipt_of(std::vector<Notice> notices) {
        ChangeBatch batch;
        batch.notices = std::move(notices);
        return must(world.append(std::move(batch)));
    }
    // The same. Returns whether the log has become longer.
    bool note(std::vector<Notice> notices) {
        const Position before = world.now()->position();
        receipt_of(std::move(notices));
        return world.now()->position() > before;
    }
    [[nodiscard]] Position head() const { return world.now()->position(); }
    [[nodiscard]] FunctionPlace place_of(const std::string& function = "f") const {
        return must(find_place(function, world.now()->state())).value_or(FunctionPlace{});
    }
    [[nodiscard]] Numbers parked_of(const std::string& function = "f", std::uint64_t after = 0,
                                    std::size_t limit = 100) const {
        Numbers numbers;
        for (const auto& one :
             must(parked_after(function, Position{after}, limit, world.now()->state()))) {
            numbers.push_back(one.record.value);
        }
        return numbers;
    }
    // The notice, as one who has looked at what is parked makes it.
    [[nodiscard]] Notice now(Notice notice) const {
        const auto found =
            must(find_parked(notice.name, notice.function->record, world.now()->state()));
        notice.function->replaces = found ? found->noted : Position{};
        return notice;
    }
    [[nodiscard]] bool is_paused_now(const std::string& function = "f") const {
        return must(is_paused(function, world.now()->state()));
    }
    // Both ways of folding the log lead to the bytes that it has led to one by one;
    // restart() compares them with each other.
    void expect_the_same_from_the_log() {
        const auto before = support::bytes_of(world.now()->state());
        world.restart(true);
        EXPECT_EQ(support::bytes_of(world.now()->state()), before);
    }

    support::SteppedEngine world{support::server_section + support::orders_table()};
};

TEST_F(FunctionFactsTest, SayNothingOfAFunctionThatHasNotNotedAnything) {
    EXPECT_EQ(must(find_place("f", world.now()->state())), std::nullopt);
    EXPECT_EQ(parked_of(), Numbers());
    EXPECT_FALSE(is_paused_now());
}

TEST_F(FunctionFactsTest, KeepTheNewestPlace) {
    EXPECT_TRUE(note({place(4)}));
    EXPECT_TRUE(note({place(9)}));
    EXPECT_TRUE(note({place(2, 0, "other")}));

    EXPECT_EQ(place_of(), (FunctionPlace{.record = {9}, .reset = {}}));
    EXPECT_EQ(place_of("other"), (FunctionPlace{.record = {2}, .reset = {}}));
    EXPECT_EQ(must(find_place("fo", world.now()->state())), std::nullopt);
    expect_the_same_from_the_log();
    EXPECT_EQ(place_of().record, Position{9});
}

TEST_F(FunctionFactsTest, TheSamePlaceAgainIsNoRecord) {
    EXPECT_TRUE(note({place(4)}));
    EXPECT_FALSE(note({place(4)}));
    EXPECT_TRUE(note({place(0, 0, "other")})) << "the first one is, also before the first record";
    EXPECT_FALSE(note({place(0, 0, "other")}));
}

TEST_F(FunctionFactsTest, AResetIsWhatLaterPlacesRestOn) {
    note({place(9)});
    EXPECT_TRUE(note({put_to(2)}));
    const Position reset = head();

    EXPECT_EQ(place_of(), (FunctionPlace{.record = {2}, .reset = reset}));
    EXPECT_FALSE(note({place(12)})) << "what was under way does not take it back";
    EXPECT_EQ(place_of().record, Position{2});
    EXPECT_TRUE(note({place(3, reset.value)}));
    EXPECT_EQ(place_of(), (FunctionPlace{.record = {3}, .reset = reset}));
    EXPECT_FALSE(note({place(4, reset.value - 1)}));
    EXPECT_FALSE(note({place(4, reset.value + 1)}));
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, AResetToWhereItIsCountsToo) {
    note({place(9)});

    EXPECT_TRUE(note({put_to(9)}));
    EXPECT_FALSE(note({place(10)}));
    EXPECT_TRUE(note({put_to(9)}));
    EXPECT_EQ(place_of(), (FunctionPlace{.record = {9}, .reset = head()}));
}

TEST_F(FunctionFactsTest, AResetOfOneFunctionLeavesTheOthers) {
    note({place(9), place(9, 0, "g"), parked(5), parked(5, 0, "g"), parked(5, 0, "fa")});

    note({put_to(2)});

    EXPECT_EQ(parked_of(), Numbers());
    EXPECT_EQ(parked_of("g"), Numbers{5});
    EXPECT_EQ(parked_of("fa"), Numbers{5});
    EXPECT_TRUE(note({place(12, 0, "g")}));
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, AResetErasesWhatIsParkedBehindIt) {
    note({parked(3), parked(5), parked(6), parked(40), place(50)});

    note({put_to(5)});

    EXPECT_EQ(parked_of(), (Numbers{3, 5})) << "6 and 40 come again";
    EXPECT_FALSE(note({parked(41)})) << "what was under way counts no more";
    EXPECT_TRUE(note({parked(6, head().value)}));
    EXPECT_EQ(parked_of(), (Numbers{3, 5, 6}));
    expect_the_same_from_the_log();
    note({put_to(0)});
    EXPECT_EQ(parked_of(), Numbers());
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, AResetInTheBatchOfWhatIsParkedCountsFromThereOn) {
    EXPECT_TRUE(note({parked(8), put_to(3), parked(9), place(12)}));

    EXPECT_EQ(parked_of(), Numbers()) << "8 was before the reset, and 9 rests on none";
    EXPECT_EQ(place_of().record, Position{3});
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, AResetToTheEndOfAllPositionsErasesNothing) {
    note({parked(3)});

    note({put_to(~std::uint64_t{0})});

    EXPECT_EQ(parked_of(), Numbers{3});
}

TEST_F(FunctionFactsTest, KeepWhatIsParkedUntilItIsReleased) {
    Notice notice = parked(7);
    notice.function->status = ParkedAs::again;
    notice.function->body = R"({"edited":true})";
    note({notice});
    const Position at = head();

    const auto all = must(parked_after("f", {}, 10, world.now()->state()));

    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all.front().record, Position{7});
    EXPECT_EQ(all.front().table, "orders");
    EXPECT_EQ(all.front().keys.view().find("pk")->text(), "o-7");
    EXPECT_EQ(all.front().status, ParkedAs::again);
    EXPECT_EQ(all.front().attempts, 3U);
    EXPECT_EQ(all.front().error, "answered 500");
    EXPECT_EQ(all.front().body, R"({"edited":true})");
    EXPECT_EQ(all.front().noted, at);
    expect_the_same_from_the_log();
    EXPECT_TRUE(note({now(released(7))}));
    EXPECT_EQ(parked_of(), Numbers());
    EXPECT_FALSE(note({now(released(7))})) << "it is no more";
    EXPECT_FALSE(note({now(released(8))})) << "it never was";
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, WhatIsNotedOfAParkedRecordRestsOnTheNoticeThatItReplaces) {
    note({parked(7)});
    Notice again = now(parked(7));
    again.function->status = ParkedAs::again;
    const Notice drop = now(released(7));
    EXPECT_FALSE(note({parked(7)})) << "as if it were not parked yet";

    const std::vector<Position> noted = receipt_of({again, drop}).notices;

    EXPECT_EQ(noted, (std::vector<Position>{head(), {}})) << "the second comes too late";

    EXPECT_EQ(must(find_parked("f", {7}, world.now()->state()))->status, ParkedAs::again);
    EXPECT_FALSE(note({drop}));
    EXPECT_TRUE(note({now(released(7))}));
    EXPECT_FALSE(note({again})) << "it does not come back";
    EXPECT_EQ(parked_of(), Numbers());
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, WhatIsParkedAgainIsThere) {
    note({parked(7)});
    Notice later = now(parked(7));
    later.function->attempts = 4;
    EXPECT_TRUE(note({later}));

    const auto all = must(parked_after("f", {}, 10, world.now()->state()));

    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all.front().attempts, 4U);
}

TEST_F(FunctionFactsTest, TellWhatIsParkedInTheOrderOfTheLogPageByPage) {
    note({parked(100), parked(9), parked(99), parked(1'000'000'000'000), parked(10)});

    EXPECT_EQ(parked_of(), (Numbers{9, 10, 99, 100, 1'000'000'000'000}));
    EXPECT_EQ(parked_of("f", 0, 2), (Numbers{9, 10}));
    EXPECT_EQ(parked_of("f", 10, 2), (Numbers{99, 100}));
    EXPECT_EQ(parked_of("f", 100, 2), Numbers{1'000'000'000'000});
    EXPECT_EQ(parked_of("f", 1'000'000'000'000, 2), Numbers());
    EXPECT_EQ(parked_of("f", 0, 0), Numbers());
}

TEST_F(FunctionFactsTest, WhatIsParkedStaysWhileThePlaceMovesOn) {
    note({parked(7), place(7)});
    note({place(20)});

    EXPECT_EQ(parked_of(), Numbers{7});
    EXPECT_TRUE(note({now(released(7)), place(21)}));
    EXPECT_EQ(place_of().record, Position{21});
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, AFunctionIsPausedUntilItIsNot) {
    EXPECT_FALSE(note({paused(false)})) << "it is not";
    EXPECT_TRUE(note({paused(true)}));
    EXPECT_FALSE(note({paused(true)})) << "it is already";
    EXPECT_TRUE(is_paused_now());
    EXPECT_FALSE(is_paused_now("g"));
    expect_the_same_from_the_log();
    EXPECT_TRUE(is_paused_now());
    EXPECT_TRUE(note({put_to(3), place(4)}));
    EXPECT_TRUE(is_paused_now()) << "wherever it is put";

    EXPECT_TRUE(note({paused(false)}));

    EXPECT_FALSE(is_paused_now());
    expect_the_same_from_the_log();
}

TEST_F(FunctionFactsTest, AreTheSameBytesInAnyHistoryHoweverItIsFolded) {
    std::minstd_rand random(20261201);
    std::uint64_t reset_f = 0;
    for (int i = 0; i < 400; ++i) {
        const std::uint64_t record = 1 + random() % 60;
        const std::string function = random() % 3 == 0 ? "g" : "f";
        switch (random() % 10) {
            case 0:
                note({put_to(record, function)});
                if (function == "f") reset_f = head().value;
                break;
            case 1:
            case 2:
                note({now(released(record, function))});
                break;
            case 3:
                note({paused(random() % 2 == 0, function)});
                break;
            case 4:
            case 5:
                note({place(record, function == "f" ? reset_f : 0, function)});
                break;
            default:
                note({now(parked(record, function == "f" ? reset_f : 0, function)),
                      now(parked(record + 1, 0, function))});
        }
        if (i % 100 == 99) expect_the_same_from_the_log();
    }
}

TEST_F(FunctionFactsTest, SurviveARestart) {
    note({parked(7), place(9), paused(true)});
    const auto before = support::bytes_of(world.now()->state());

    world.restart();

    EXPECT_EQ(support::bytes_of(world.now()->state()), before);
    EXPECT_EQ(place_of().record, Position{9});
}

TEST(FunctionFacts, OneThatCannotBeReadIsDamage) {
    for (const std::string bytes : {"", "1", "1 ", "x y", "-1 x", "1 no record"}) {
        const support::TempFolder folder;
        const auto data = must(storage::DataFolder::open(folder.file("data"), {}));
        storage::StateBatch batch = must(data->state().begin());
        batch.put_fact("function/f/place", bytes);
        batch.put_fact("function/f/parked/00000000000000000007", bytes);
        EXPECT_EQ(find_place("f", batch).error().code, Errc::damaged_state) << bytes;
        EXPECT_EQ(find_parked("f", Position{7}, batch).error().code, Errc::damaged_state) << bytes;
        must(data->state().commit(std::move(batch), {.mark = data->log().head(), .layout = 3}));
        const auto state = must(data->state().snapshot());
        EXPECT_EQ(find_place("f", *state).error().code, Errc::damaged_state) << bytes;
        EXPECT_EQ(parked_after("f", {}, 9, *state).error().code, Errc::damaged_state) << bytes;
    }
}

}  // namespace
}  // namespace freshet::engine
