// What engine/watching/live_board.h promises, with live_query.h and picture_reading.h, by example.
// tests/properties/live_property.cc holds whatever is told against what a GET shows.

#include "engine/watching/live_board.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/watching/picture_json.h"
#include "engine/watching/picture_reading.h"
#include "tests/readers/live_client.h"
#include "tests/support/must.h"
#include "tests/world/board.h"
#include "tests/world/random_changes.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::Attributes;
using support::must;
using support::number_value;
using support::text_value;
using Kind = LiveAnswer::Kind;
using Asker = LiveQuery::Asker;

const std::string declared = R"(
[[table]]
name  = "things"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "thing"
fields = ["n"]
access = ["owner"]

[[table.view]]
name = "hidden"
like = "thing"
hide = true
access = ["owner"]

[[table.list]]
name   = "of-team"
by     = "team"
sort   = "n"
fields = ["n"]
access = ["staff", "agent"]

[[table.total]]
name   = "sizes"
by     = "team"
values = ["count", { min = "n" }]
)";

Asker caller(const std::string& subject, std::vector<std::string> roles = {}) {
    Caller made;
    made.subject = subject;
    made.roles = std::move(roles);
    return std::make_shared<const Caller>(std::move(made));
}

Attributes thing(const std::string& n, const std::string& team = "red",
                 const std::string& creator = "ada") {
    return {{"n", number_value(n)}, {"team", text_value(team)}, {"creator", text_value(creator)}};
}

class LiveBoardTest : public ::testing::Test {
protected:
    // A watch, and what its client has.
    struct Watcher {
        LiveWatch watch;
        LiveCursor cursor;
    };

    static Watcher watch_at(support::SteppedEngine& of, LiveQuery query) {
        return {.watch = must(of.engine().live().watch(std::move(query))), .cursor = {}};
    }
    Watcher watch(LiveQuery query) { return watch_at(board, std::move(query)); }

    LiveQuery item(const std::string& key, const Asker& asker = everybody(),
                   const std::string& view = "thing") {
        return must(
            LiveQuery::of(*std::get<const ItemView*>(board.catalog().view(view)), {key}, asker));
    }
    LiveQuery page(const std::string& team, std::size_t limit = 100,
                   const Asker& asker = everybody()) {
        return must(LiveQuery::of(*std::get<const ListView*>(board.catalog().view("of-team")),
                                  {.partition = {team}, .limit = limit}, asker));
    }
    LiveQuery group(const std::string& team) {
        return must(LiveQuery::of(board.total("sizes"), {team}, everybody()));
    }

    LiveAnswer look(Watcher& watcher) { return look(watcher, *board.now()); }
    static LiveAnswer look(Watcher& watcher, const ReadPoint& read_point) {
        LiveAnswer answer = must(watcher.watch.look(read_point, watcher.cursor));
        watcher.cursor = answer.cursor;
        return answer;
    }
    // In a word what the answer tells, and its data.
    static std::string told(const LiveAnswer& answer) {
        switch (answer.kind) {
            case Kind::overtaken:
                return "overtaken";
            case Kind::unchanged:
                return "unchanged";
            case Kind::change:
                return answer.change->json();
            case Kind::snapshot:
                return "snapshot " + snapshot_json(*answer.picture);
            case Kind::ended:
                return "ended " + (answer.change ? answer.change->json() : std::string());
        }
        return {};
    }
    std::string tell(Watcher& watcher) { return told(look(watcher)); }
    bool may_differ(const Watcher& watcher) {
        return watcher.watch.may_have_changed(*board.now(), watcher.cursor);
    }

    support::Board board{declared};
};

TEST_F(LiveBoardTest, ShowsAPageAndThenWhatChangesInItsWindow) {
    board.put("a", thing("1"));
    board.put("b", thing("2"));
    Watcher watcher = watch(page("red", 2));
    EXPECT_EQ(tell(watcher), R"(snapshot {"keys":["a","b"],"items":[{"n":1},{"n":2}]})");

    board.put("x", thing("1.5"));

    const LiveAnswer slid = look(watcher);
    EXPECT_EQ(slid.kind, Kind::change);
    EXPECT_TRUE(told(slid).starts_with(
        R"({"remove":["b"],"put":[{"key":"x","index":1,"item":{"n":1.5}}],"next":")"))
        << told(slid);
    EXPECT_EQ(slid.cursor.position, board.now()->position());

    board.remove("a");
    EXPECT_EQ(tell(watcher),
              R"({"remove":["a"],"put":[{"key":"b","index":1,"item":{"n":2}}],"next":null})");
    EXPECT_EQ(tell(watcher), "unchanged");
}

TEST_F(LiveBoardTest, HearsOfRowsThatGoAndAreNotInThePicture) {
    board.put("a", thing("1"));
    board.put("b", thing("2"));
    Watcher of_page = watch(page("red", 1));
    Watcher of_group = watch(group("red"));
    look(of_page);
    look(of_group);

    board.remove("b");

    EXPECT_EQ(tell(of_page), R"({"remove":[],"put":[],"next":null})");
    EXPECT_EQ(tell(of_group), R"({"remove":[],"put":[{"key":"red","index":0,)"
                              R"("item":{"team":"red","count":1,"min":{"n":1}}}]})");
    board.remove("a");
    EXPECT_EQ(tell(of_group), R"({"remove":[],"put":[{"key":"red","index":0,)"
                              R"("item":{"team":"red","count":0,"min":{"n":null}}}]})");
}

TEST_F(LiveBoardTest, ShowsAnItemThatIsNotThereAsNullUntilItComes) {
    Watcher watcher = watch(item("a"));
    board.put("b", thing("1"));
    EXPECT_EQ(tell(watcher), "snapshot null");

    board.put("a", thing("1"));
    EXPECT_EQ(tell(watcher), R"({"remove":[],"put":[{"key":"a","index":0,"item":{"n":1}}]})");
    board.remove("a");
    EXPECT_EQ(tell(watcher), R"({"remove":["a"],"put":[]})");
}

TEST_F(LiveBoardTest, ShowsAGroupWithTheDigitsOfItsExtreme) {
    board.put("a", thing("7.5"));
    Watcher watcher = watch(group("red"));
    EXPECT_EQ(tell(watcher), R"(snapshot {"team":"red","count":1,"min":{"n":7.5}})");

    board.put("a", thing("7.50"));

    EXPECT_EQ(tell(watcher), R"({"remove":[],"put":[{"key":"red","index":0,)"
                             R"("item":{"team":"red","count":1,"min":{"n":7.50}}}]})")
        << "no row changes for that";
}

TEST_F(LiveBoardTest, MarksOnlyWhatAGroupTouches) {
    board.put("a", thing("1"));
    std::vector<Watcher> watchers;
    watchers.push_back(watch(item("a")));
    watchers.push_back(watch(item("b")));
    watchers.push_back(watch(page("red")));
    watchers.push_back(watch(page("blue")));
    watchers.push_back(watch(group("red")));
    watchers.push_back(watch(group("blue")));
    const auto marked = [&] {
        std::vector<bool> each;
        for (Watcher& watcher : watchers) {
            each.push_back(may_differ(watcher));
            look(watcher);
        }
        return each;
    };
    using Marked = std::vector<bool>;
    EXPECT_EQ(marked(), (Marked{true, true, true, true, true, true})) << "nothing is told yet";
    EXPECT_EQ(marked(), (Marked{false, false, false, false, false, false}));

    board.put("a", thing("2"));
    EXPECT_EQ(marked(), (Marked{true, false, true, false, true, false}));
    board.put("b", thing("3", "blue"));
    EXPECT_EQ(marked(), (Marked{false, true, false, true, false, true}));
    board.put("b", thing("3", "red"));
    EXPECT_EQ(marked(), (Marked{false, true, true, true, true, true})) << "it leaves and joins";
    board.put("c", thing("1", "green"));
    EXPECT_EQ(marked(), (Marked{false, false, false, false, false, false}));
}

TEST_F(LiveBoardTest, IsAsWhatWasNotTouchedWithoutALook) {
    Watcher watcher = watch(item("a"));
    look(watcher);
    board.put("b", thing("1"));
    ASSERT_FALSE(may_differ(watcher));
    watcher.cursor.position = board.now()->position();

    board.put("a", thing("1"));

    EXPECT_EQ(look(watcher).kind, Kind::change);
}

TEST_F(LiveBoardTest, ReadsOnceForAllWhoSeeTheSame) {
    board.put("a", thing("1"));
    Watcher first = watch(page("red", 100, caller("bob", {"agent"})));
    Watcher second = watch(page("red", 100, caller("cid", {"agent", "other"})));
    EXPECT_EQ(look(first).picture, look(second).picture);
    board.put("a", thing("2"));

    const LiveAnswer told_first = look(first);
    const LiveAnswer told_second = look(second);

    EXPECT_EQ(told_first.kind, Kind::change);
    EXPECT_EQ(told_first.change, told_second.change);
    EXPECT_EQ(board.engine().live().load().views, 1U);
    EXPECT_EQ(board.engine().live().load().watches, 2U);
}

TEST_F(LiveBoardTest, MergesForTheSlowAndTellsOthersStepByStep) {
    board.put("a", thing("1"));
    Watcher quick = watch(page("red"));
    Watcher slow = watch(page("red"));
    look(quick);
    look(slow);

    board.put("a", thing("2"));
    EXPECT_EQ(tell(quick), R"({"remove":[],"put":[{"key":"a","index":0,"item":{"n":2}}]})");
    board.put("b", thing("3"));
    EXPECT_EQ(tell(quick), R"({"remove":[],"put":[{"key":"b","index":1,"item":{"n":3}}]})");

    EXPECT_EQ(tell(slow), R"({"remove":[],"put":[{"key":"a","index":0,"item":{"n":2}},)"
                          R"({"key":"b","index":1,"item":{"n":3}}]})");
}

TEST_F(LiveBoardTest, ContinuesAReconnectFromAPositionThatItCanRelate) {
    board.put("a", thing("1"));
    Watcher stays = watch(page("red"));
    look(stays);
    const Position seen = board.now()->position();
    board.put("a", thing("2"));
    look(stays);

    Watcher again = watch(page("red"));
    again.cursor.position = seen;
    EXPECT_EQ(tell(again), R"({"remove":[],"put":[{"key":"a","index":0,"item":{"n":2}}]})");

    Watcher early = watch(page("red"));
    early.cursor.position = Position{seen.value - 1};
    EXPECT_EQ(look(early).kind, Kind::snapshot);
    Watcher ahead = watch(page("red"));
    ahead.cursor.position = Position{seen.value + 100};
    EXPECT_EQ(look(ahead).kind, Kind::snapshot);
}

TEST_F(LiveBoardTest, TellsALookAtAnEarlierMomentThatItWasOvertaken) {
    board.put("a", thing("1"));
    const auto earlier = board.now();
    board.put("a", thing("2"));
    Watcher first = watch(item("a"));
    Watcher second = watch(item("a"));
    look(first);

    EXPECT_EQ(told(look(second, *earlier)), "overtaken");
    EXPECT_EQ(told(look(first, *earlier)), "overtaken");
    EXPECT_EQ(tell(second), R"(snapshot {"n":2})");
}

TEST_F(LiveBoardTest, LooksAgainAtWhatWasNotedBeforeAnybodyWatched) {
    board.put("a", thing("1"));
    const auto before = board.now();
    board.put("a", thing("2"));
    Watcher watcher = watch(item("a"));
    EXPECT_EQ(told(look(watcher, *before)), R"(snapshot {"n":1})");

    EXPECT_EQ(tell(watcher), R"({"remove":[],"put":[{"key":"a","index":0,"item":{"n":2}}]})");
}

TEST_F(LiveBoardTest, LooksAgainAtWhatWasNotedBeforeAnItemCameIntoThePage) {
    board.put("a", thing("1"));
    Watcher watcher = watch(page("red"));
    look(watcher);
    board.put("b", thing("2"));
    const auto came = board.now();
    board.put(
        "b",
        {{"n", number_value("2.0")}, {"team", text_value("red")}, {"creator", text_value("ada")}});

    EXPECT_EQ(told(look(watcher, *came)),
              R"({"remove":[],"put":[{"key":"b","index":1,"item":{"n":2}}]})");
    EXPECT_EQ(tell(watcher), R"({"remove":[],"put":[{"key":"b","index":1,"item":{"n":2.0}}]})");
}

TEST_F(LiveBoardTest, EndsForWhoLosesTheRight) {
    board.put("a", thing("1"));
    Watcher owner = watch(item("a", caller("ada")));
    Watcher other = watch(item("a", caller("bob")));
    EXPECT_EQ(tell(owner), R"(snapshot {"n":1})");
    EXPECT_EQ(tell(other), "ended ");

    board.put("a", thing("1", "red", "bob"));

    EXPECT_EQ(tell(owner), R"(ended {"remove":["a"],"put":[]})");
    EXPECT_EQ(tell(owner), "ended ") << "however often it looks";
    Watcher again = watch(item("a", caller("bob")));
    EXPECT_EQ(tell(again), R"(snapshot {"n":1})");
}

TEST_F(LiveBoardTest, EndsForWhoWaitsForAnItemThatComesAndIsNotTheirs) {
    Watcher waits = watch(item("a", caller("bob")));
    EXPECT_EQ(tell(waits), "snapshot null");

    board.put("a", thing("1"));

    EXPECT_EQ(tell(waits), "ended ");
}

TEST_F(LiveBoardTest, TellsAnEndFromAnItemThatIsGoneOrHidden) {
    board.put("a", thing("1"));
    Watcher owner = watch(item("a", caller("ada")));
    Watcher hidden = watch(item("a", caller("ada"), "hidden"));
    look(owner);
    look(hidden);

    board.put("a", thing("1", "red", "bob"));
    EXPECT_EQ(tell(hidden), R"({"remove":["a"],"put":[]})");
    EXPECT_EQ(look(owner).kind, Kind::ended);

    board.put("a", thing("2"));
    EXPECT_EQ(tell(hidden), R"({"remove":[],"put":[{"key":"a","index":0,"item":{"n":2}}]})");
}

TEST_F(LiveBoardTest, RefusesAPageToThoseWhoMayNotReadIt) {
    Watcher stranger = watch(page("red", 100, caller("ada", {"customer"})));
    Watcher agent = watch(page("red", 100, caller("ada", {"agent"})));

    EXPECT_EQ(look(stranger).kind, Kind::ended);
    EXPECT_EQ(look(agent).kind, Kind::snapshot);
}

TEST_F(LiveBoardTest, CostsNothingOnceNobodyWatches) {
    support::Board brief(declared, {.linger = std::chrono::milliseconds(0)});
    {
        Watcher one = watch_at(brief, page("red"));
        Watcher two = watch_at(brief, page("red"));
        EXPECT_GT(brief.engine().live().load().bytes, 0U);
        const Watcher moved = std::move(one);
        EXPECT_EQ(brief.engine().live().load().watches, 2U);
    }

    const LiveBoard::Load load = brief.engine().live().load();
    EXPECT_EQ(load.views, 0U);
    EXPECT_EQ(load.watches, 0U);
    EXPECT_EQ(load.bytes, 0U);
}

TEST_F(LiveBoardTest, IsKnownForAWhileAfterTheLastHasLeft) {
    board.put("a", thing("1"));
    LiveCursor had;
    {
        Watcher first = watch(page("red"));
        look(first);
        had = first.cursor;
    }
    EXPECT_EQ(board.engine().live().load().views, 1U);
    board.put("b", thing("2"));

    Watcher again = watch(page("red"));
    again.cursor = {.position = had.position};

    EXPECT_EQ(look(again).kind, LiveAnswer::Kind::change);
}

TEST_F(LiveBoardTest, IsLetGoOfByTheNextGroupOnceNobodyHasWatchedForThatLong) {
    support::Board brief(declared, {.linger = std::chrono::milliseconds(1)});
    brief.put("a", thing("1"));
    LiveCursor had;
    {
        Watcher leaves = watch_at(brief, page("red"));
        look(leaves, *brief.now());
        had = leaves.cursor;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_EQ(brief.engine().live().load().views, 0U) << "it is not counted until then";
    EXPECT_EQ(brief.engine().live().load().bytes, 0U);

    brief.put("b", thing("2"));

    Watcher again = watch_at(brief, page("red"));
    again.cursor = {.position = had.position};
    EXPECT_EQ(look(again, *brief.now()).kind, LiveAnswer::Kind::snapshot);
}

TEST_F(LiveBoardTest, WhatNobodyWatchesGoesFirstWhereThereIsNoRoom) {
    support::SteppedEngine small(declared, {.live = {.views = 2}});
    const Watcher stays = watch_at(small, item("a"));
    { const Watcher leaves = watch_at(small, item("b")); }

    const Watcher comes = watch_at(small, item("c"));

    EXPECT_EQ(small.engine().live().load().views, 2U);
    EXPECT_EQ(small.engine().live().load().views_max, 2U);
    EXPECT_FALSE(small.engine().live().watch(item("d")));
}

TEST_F(LiveBoardTest, RefusesAnotherViewBeyondItsBoundsAndNoOtherWatcher) {
    support::SteppedEngine small(declared, {.live = {.views = 1}});
    const Watcher first = watch_at(small, item("a"));
    const Watcher second = watch_at(small, item("a"));

    const auto other = small.engine().live().watch(item("b"));

    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::busy);
    EXPECT_EQ(other.error().message,
              "the server watches 1 different views, which is as many as it can");
}

TEST_F(LiveBoardTest, LetsGoOfPicturesThatItHasNoRoomForAndTellsSnapshots) {
    support::SteppedEngine small(declared, {.builds_whole = true, .live = {.bytes = 0}});
    LiveBoard& live = small.engine().live();
    EXPECT_EQ(live.watch(item("a")).error().code, Errc::busy);

    std::size_t bytes = 0;  // for the view, and nothing to show
    while (!LiveBoard({.bytes = bytes}).watch(item("a"))) ++bytes;
    support::SteppedEngine tight(declared, {.builds_whole = true, .live = {.bytes = bytes}});
    Watcher watcher = watch_at(tight, item("a"));
    EXPECT_EQ(look(watcher, *tight.now()).kind, Kind::snapshot);
    EXPECT_EQ(look(watcher, *tight.now()).kind, Kind::unchanged);
    EXPECT_FALSE(watcher.watch.may_have_changed(*tight.now(), watcher.cursor));
    must(tight.append(support::batch_of(
        {board.record(storage::ChangeKind::insert, "a", thing("1"))}, tight.catalog())));
    EXPECT_EQ(told(look(watcher, *tight.now())), R"(snapshot {"n":1})");
    EXPECT_EQ(look(watcher, *tight.now()).kind, Kind::unchanged);
}

TEST_F(LiveBoardTest, BeginsAgainOnceAListIsBuilt) {
    const auto fill = [&] {
        for (const char* key : {"a", "b", "c"}) board.put(key, thing("1"));
    };
    fill();
    std::string other = declared;
    other.replace(other.find(R"(sort   = "n")"), 12, R"(sort   = "n desc")");
    support::SteppedEngine built(declared, {.slice_items = 1});
    while (built.sequencer().build()) {
    }
    must(
        built.append(support::batch_of({board.record(storage::ChangeKind::insert, "a", thing("1")),
                                        board.record(storage::ChangeKind::insert, "b", thing("2"))},
                                       built.catalog())));
    must(built.reconfigure(other));
    const auto list =
        must(LiveQuery::of(*std::get<const ListView*>(built.catalog().view("of-team")),
                           {.partition = {"red"}}, everybody()));
    Watcher watcher = watch_at(built, list);
    const auto stale = built.now();
    EXPECT_EQ(told(look(watcher, *stale)),
              R"(snapshot {"keys":["a","b"],"items":[{"n":1},{"n":2}]})");
    const LiveCursor seen = watcher.cursor;

    while (built.sequencer().build()) {
    }

    ASSERT_EQ(built.now()->position(), seen.position) << "no record has come";
    EXPECT_TRUE(watcher.watch.may_have_changed(*built.now(), watcher.cursor));
    look(watcher, *stale);
    EXPECT_TRUE(watcher.watch.may_have_changed(*built.now(), watcher.cursor));
    EXPECT_EQ(told(look(watcher, *built.now())),
              R"(snapshot {"keys":["b","a"],"items":[{"n":2},{"n":1}]})");
    EXPECT_FALSE(watcher.watch.may_have_changed(*built.now(), watcher.cursor));
    Watcher again = watch_at(built, list);
    again.cursor.position = seen.position;
    EXPECT_EQ(look(again, *built.now()).kind, Kind::snapshot)
        << "the position is the same, and the list is not";
}

TEST_F(LiveBoardTest, BeginsAgainOnceTheStateWasMended) {
    board.put("a", thing("1"));
    Watcher watcher = watch(item("a"));
    look(watcher);

    must(board.sequencer().recover());

    EXPECT_TRUE(may_differ(watcher));
    EXPECT_EQ(tell(watcher), R"(snapshot {"n":1})");
    board.put("a", thing("2"));
    EXPECT_EQ(look(watcher).kind, Kind::change);
}

TEST_F(LiveBoardTest, TellsWhyAViewCannotBeRead) {
    const auto& list = *std::get<const ListView*>(board.catalog().view("of-team"));
    const Watcher watcher = watch(must(LiveQuery::of(list, {.partition = {}}, everybody())));

    EXPECT_EQ(watcher.watch.look(*board.now(), {}).error().code, Errc::refused);
    EXPECT_EQ(LiveQuery::of(list, {.partition = {"red"}, .limit = 0}, everybody()).error().code,
              Errc::refused);
    EXPECT_EQ(LiveQuery::of(list, {.partition = {"red"}, .limit = page_limit_max + 1}, everybody())
                  .error()
                  .code,
              Errc::refused);
    const auto& view = *std::get<const ItemView*>(board.catalog().view("thing"));
    EXPECT_EQ(LiveQuery::of(view, {"a", "b"}, everybody()).error().code, Errc::refused);
}

TEST_F(LiveBoardTest, NamesWhatIsAskedForAndWhoMaySeeIt) {
    EXPECT_EQ(page("red").id(), page("red").id());
    EXPECT_NE(page("red").id(), page("blue").id());
    EXPECT_NE(page("red", 1).id(), page("red", 2).id());
    EXPECT_NE(item("a").id(), item("b").id());
    EXPECT_NE(item("a").id(), item("a", caller("ada")).id());
    EXPECT_NE(item("a", caller("ada")).id(), item("a", caller("bob")).id());
    EXPECT_NE(item("a").id(), item("a", everybody(), "hidden").id());
    EXPECT_NE(page("red", 1, caller("ada", {"agent"})).id(), page("red", 1, caller("ada")).id());

    EXPECT_EQ(page("red").fingerprint(), page("red").fingerprint());
    EXPECT_NE(item("a").fingerprint(), item("a", caller("ada")).fingerprint());
    EXPECT_NE(page("red", 1).fingerprint(), page("red", 2).fingerprint());
    std::string other = declared;
    const std::string shape = R"(fields = ["n"])";
    other.replace(other.rfind(shape), shape.size(), R"(fields = ["n", "pk"])");
    support::SteppedEngine shaped(other);
    const auto shown =
        must(LiveQuery::of(*std::get<const ListView*>(shaped.catalog().view("of-team")),
                           {.partition = {"red"}}, everybody()));
    EXPECT_EQ(shown.id(), page("red").id());
    EXPECT_NE(shown.fingerprint(), page("red").fingerprint());
}

TEST_F(LiveBoardTest, TakesAViewOnlyIfThereIsRoomForWhatItIsMadeOf) {
    LiveBoard small({.views = 10, .bytes = 100 * Footprint::bytes_an_item, .history = {}});
    EXPECT_TRUE(small.watch(item("a")));

    const auto refused = small.watch(page("red", 100));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::busy);
}

// Each on a thread of its own; two of them share a view.
TEST_F(LiveBoardTest, IsLookedAtWhileItIsWritten) {
    constexpr int rounds = 200;
    std::atomic<bool> is_over = false;
    const auto expect_shown = [](const support::LiveClient& client, const LiveQuery& query,
                                 const ReadPoint& read_point) {
        EXPECT_EQ(client.document(), document_json(must(read_picture(query, read_point)).picture));
    };
    const auto follow = [&](const LiveQuery& query) {
        Watcher watcher = watch(query);
        support::LiveClient client;
        for (bool is_last = false; !is_last;) {
            is_last = is_over;
            const auto read_point = must(board.engine().read_point());
            if (!watcher.watch.may_have_changed(*read_point, watcher.cursor)) continue;
            const LiveAnswer answer = look(watcher, *read_point);
            if (answer.kind == Kind::overtaken) continue;
            if (answer.kind == Kind::snapshot) {
                client.take_snapshot(snapshot_json(*answer.picture));
            } else if (answer.change) {
                client.take_change(answer.change->json());
            }
            expect_shown(client, query, *read_point);
        }
        expect_shown(client, query, *must(board.engine().read_point()));
    };
    std::vector<std::thread> lookers;
    lookers.emplace_back(follow, page("red", 3));
    lookers.emplace_back(follow, page("red", 3));
    lookers.emplace_back(follow, group("red"));
    for (int round = 1; round <= rounds; ++round) {
        const std::string key(1, static_cast<char>('a' + round % 5));
        board.put(key, thing(std::to_string(round * 7 % 11), round % 3 == 0 ? "blue" : "red"));
        if (round % 25 == 0) board.remove(key);
    }
    is_over = true;
    for (std::thread& looker : lookers) looker.join();
}

}  // namespace
}  // namespace freshet::engine
