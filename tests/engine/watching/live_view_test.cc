// What engine/watching/live_view.h promises.

#include "engine/watching/live_view.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "engine/watching/picture_json.h"
#include "tests/engine/watching/page_of.h"
#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"
#include "tests/support/fresh_process.h"

namespace freshet::engine {
namespace {

using storage::Position;

std::string change_after(LiveView& view, std::uint64_t position) {
    const auto steps = view.steps_after(Position{position});
    if (!steps) return "unknown";
    if (*steps == 0) return "nothing";
    const auto change = view.change_over(*steps);
    return change ? change->json() : "nothing";
}

TEST(LiveView, RelatesThePositionsOfWhichItKnowsThePicture) {
    LiveView view(HistoryLimit{});
    EXPECT_FALSE(view.is_known());

    view.begin(page_of("a1"), Position{10});
    view.stay(Position{12});
    view.change(page_of("a2"), Position{13}, Position{16});
    view.stay(Position{17});

    EXPECT_EQ(change_after(view, 9), "unknown");
    for (const std::uint64_t before : {10, 12, 13}) {
        EXPECT_EQ(change_after(view, before),
                  R"({"remove":[],"put":[{"key":"a","index":0,"item":2}]})");
    }
    EXPECT_EQ(change_after(view, 14), "unknown") << "it may have been anything there";
    EXPECT_EQ(change_after(view, 15), "unknown");
    EXPECT_EQ(change_after(view, 16), "nothing");
    EXPECT_EQ(change_after(view, 17), "nothing");
    EXPECT_EQ(change_after(view, 18), "unknown") << "it is not there yet";
}

TEST(LiveView, MergesTheStepsIntoOneChange) {
    LiveView view(HistoryLimit{});
    const std::map<std::uint64_t, Picture> pictures{
        {1, page_of("a1 b1 c1", "x")}, {2, page_of("b1 c1 d1", "y")},
        {3, page_of("d1 a2 b1", "x")}, {4, page_of("")},
        {5, page_of("c1 b1 d1 a1")},   {6, page_of("c1 b2 d1 a1", "z")}};
    view.begin(pictures.at(1), Position{1});
    for (std::uint64_t at = 2; at <= 6; ++at) {
        view.change(pictures.at(at), Position{at - 1}, Position{at});
    }

    const std::string newest = document_json(pictures.at(6));
    for (std::uint64_t at = 1; at < 6; ++at) {
        const auto change = view.change_over(*view.steps_after(Position{at}));
        support::LiveClient client;
        client.take_snapshot(snapshot_json(pictures.at(at)));
        client.take_change(change->json());
        EXPECT_EQ(client.document(), newest) << at;
        EXPECT_EQ(support::patched(document_json(pictures.at(at)), change->patch()), newest) << at;
    }
}

TEST(LiveView, MakesAChangeOnceForAllWhoAskForIt) {
    LiveView view(HistoryLimit{});
    view.begin(page_of("a1"), Position{1});
    view.change(page_of("a2"), Position{1}, Position{2});
    view.change(page_of("a3"), Position{2}, Position{3});

    EXPECT_EQ(view.change_over(1), view.change_over(1));
    EXPECT_EQ(view.change_over(2), view.change_over(2));
    EXPECT_NE(view.change_over(1), view.change_over(2));
}

TEST(LiveView, TellsNothingOfWhatChangedAndIsAsItWas) {
    LiveView view(HistoryLimit{});
    view.begin(page_of("a1"), Position{1});
    const auto picture = view.picture();

    view.change(page_of("a1"), Position{2}, Position{4});

    EXPECT_EQ(view.picture(), picture);
    EXPECT_EQ(change_after(view, 1), "nothing");
    EXPECT_EQ(change_after(view, 2), "nothing");
    EXPECT_EQ(change_after(view, 3), "unknown");
    EXPECT_EQ(change_after(view, 4), "nothing");
}

TEST(LiveView, ForgetsTheOldestStepsFirst) {
    LiveView view({.steps = 2, .bytes = 1U << 20U});
    view.begin(page_of("a1"), Position{1});
    view.change(page_of("a2"), Position{1}, Position{2});
    view.change(page_of("a3"), Position{2}, Position{3});
    view.change(page_of("a4"), Position{3}, Position{4});

    EXPECT_EQ(view.steps_after(Position{1}), std::nullopt);
    EXPECT_EQ(view.steps_after(Position{2}), 2U);
    EXPECT_EQ(view.steps_after(Position{3}), 1U);
}

TEST(LiveView, KeepsNoMoreBytesOfItsHistoryThanItMay) {
    LiveView small({.steps = 1'000, .bytes = 4'096});
    LiveView large({.steps = 1'000, .bytes = 1U << 20U});
    small.begin(page_of("a1"), Position{1});
    large.begin(page_of("a1"), Position{1});
    const std::size_t begin = small.bytes();
    for (std::uint64_t at = 2; at <= 500; ++at) {
        small.change(page_of(at % 2 == 0 ? "b1" : "a1"), Position{at - 1}, Position{at});
        large.change(page_of(at % 2 == 0 ? "b1" : "a1"), Position{at - 1}, Position{at});
    }

    EXPECT_LE(small.bytes(), begin + 4'096);
    EXPECT_GE(large.bytes(), begin + 4'096);
    EXPECT_EQ(small.steps_after(Position{1}), std::nullopt);
    EXPECT_EQ(small.steps_after(Position{499}), 1U);
    EXPECT_EQ(large.steps_after(Position{1}), 499U);
}

TEST(LiveView, KnowsWhereItIsWithoutItsPicture) {
    LiveView view(HistoryLimit{});
    view.begin(page_of("a1"), Position{1});
    view.change(page_of("a2"), Position{1}, Position{2});

    view.stay(Position{3});

    view.let_go();

    EXPECT_TRUE(view.is_known());
    EXPECT_EQ(view.picture(), nullptr);
    EXPECT_EQ(view.steps_after(Position{1}), std::nullopt);
    EXPECT_EQ(view.steps_after(Position{2}), 0U);
    EXPECT_EQ(view.steps_after(Position{3}), 0U);

    view.recall(page_of("a2"), Position{4});
    view.change(page_of("a3"), Position{4}, Position{5});
    EXPECT_EQ(view.steps_after(Position{2}), 1U);
}

class LiveViewDeathTest : public ::testing::Test, support::FreshProcess {};

TEST_F(LiveViewDeathTest, EndsWhereItWouldBecomeOlder) {
    LiveView view(HistoryLimit{});
    view.begin(page_of("a1"), Position{2});

    EXPECT_DEATH(view.stay(Position{1}), "never older");
}

}  // namespace
}  // namespace freshet::engine
