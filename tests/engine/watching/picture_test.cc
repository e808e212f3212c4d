// What engine/watching/picture.h and picture_json.h promise.

#include "engine/watching/picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/watching/picture_json.h"
#include "tests/engine/watching/page_of.h"
#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"

namespace freshet::engine {
namespace {

Picture one(const std::string& json) {
    Picture picture;
    if (!json.empty()) picture.entries.push_back({.key = "a", .json = json});
    return picture;
}

std::string change(const Picture& before, const Picture& after) {
    return change_json(difference(before, after), after);
}

std::string patch(const Picture& before, const Picture& after) {
    return patch_json(difference(before, after), after);
}

// The document of a client that had the picture before and was sent the change.
std::string changed(const Picture& before, const Picture& after) {
    support::LiveClient client;
    client.take_snapshot(snapshot_json(before));
    client.take_change(change(before, after));
    return client.document();
}

// Every page of some of the keys a, b, c and d, in any order, each showing 1 or 2.
std::vector<Picture> small_pages() {
    std::vector<Picture> pages;
    std::string keys = "abcd";
    do {
        for (std::size_t size = 0; size <= keys.size(); ++size) {
            // Those of the order a, b, c, d alone show anything else.
            for (unsigned shows = 0; shows < (keys == "abcd" ? 1U << size : 1U); ++shows) {
                std::string entries;
                for (std::size_t i = 0; i < size; ++i) {
                    entries += std::string{keys[i], (shows >> i & 1U) != 0 ? '2' : '1', ' '};
                }
                pages.push_back(page_of(entries, size == 4 ? "c" + keys.substr(3) : ""));
            }
        }
    } while (std::next_permutation(keys.begin(), keys.end()));
    return pages;
}

TEST(Picture, IsWhatItWasWithoutADifference) {
    EXPECT_TRUE(difference(page_of("a1 b1", "x"), page_of("a1 b1", "x")).empty());
    EXPECT_TRUE(difference(one(""), one("")).empty());
    EXPECT_FALSE(difference(page_of("a1"), page_of("a2")).empty());
    EXPECT_FALSE(difference(page_of("a1"), page_of("a1", "x")).empty());
}

TEST(Picture, ChangesIntoEveryOther) {
    const std::vector<Picture> pages = small_pages();
    for (const Picture& before : pages) {
        for (const Picture& after : pages) {
            ASSERT_EQ(changed(before, after), document_json(after))
                << document_json(before) << " " << change(before, after);
            ASSERT_EQ(support::patched(document_json(before), patch(before, after)),
                      document_json(after))
                << document_json(before) << " " << patch(before, after);
        }
    }
}

TEST(Picture, TakesOutAsFewEntriesAsCanBe) {
    const auto moved = difference(page_of("a1 b1 c1 d1"), page_of("b1 c1 d1 a1"));

    EXPECT_EQ(moved.taken, (std::vector<Difference::Taken>{{0, "a", true}}));
    EXPECT_EQ(moved.shown, (std::vector<Difference::Shown>{{3, true}}));
}

TEST(Picture, ShowsAgainInItsPlaceWhatStays) {
    const auto shown = difference(page_of("a1 b1 c1"), page_of("a1 b2 c1"));

    EXPECT_TRUE(shown.taken.empty());
    EXPECT_EQ(shown.shown, (std::vector<Difference::Shown>{{1, false}}));
}

TEST(Picture, ChangesFromAnOrderAndWhatMayShowSomethingElse) {
    const Picture before = page_of("a1 b1 c1", "x");
    const Picture after = page_of("b1 d1 c2", "y");

    EXPECT_EQ(difference(order_of(before), {"c", "d"}, after), difference(before, after));
}

TEST(Picture, IsWrittenAsAGetShowsItWithItsKeys) {
    EXPECT_EQ(snapshot_json(page_of("a1 b2", "x")),
              R"({"keys":["a","b"],"items":[1,2],"next":"x"})");
    EXPECT_EQ(document_json(page_of("a1 b2", "x")), R"({"items":[1,2],"next":"x"})");
    EXPECT_EQ(snapshot_json(page_of("")), R"({"keys":[],"items":[]})");
    EXPECT_EQ(snapshot_json(one(R"({"id":1})")), R"({"id":1})");
    EXPECT_EQ(snapshot_json(one("")), "null");
    EXPECT_EQ(document_json(one("")), "null");
}

TEST(Picture, WritesAChangeByKeysAndIndices) {
    EXPECT_EQ(change(page_of("a1 b1 c1", "x"), page_of("b1 d1 c2")),
              R"({"remove":["a"],"put":[{"key":"d","index":1,"item":1},)"
              R"({"key":"c","index":2,"item":2}],"next":null})");
    EXPECT_EQ(change(one("1"), one("2")),
              R"({"remove":[],"put":[{"key":"a","index":0,"item":2}]})");
    EXPECT_EQ(change(one("1"), one("")), R"({"remove":["a"],"put":[]})");
}

TEST(Picture, WritesAPatch) {
    EXPECT_EQ(patch(page_of("a1 b1", "x"), page_of("b2 c1", "y")),
              R"([{"op":"remove","path":"/items/0"},{"op":"add","path":"/items/1","value":1},)"
              R"({"op":"replace","path":"/items/0","value":2},)"
              R"({"op":"replace","path":"/next","value":"y"}])");
    EXPECT_EQ(patch(one(""), one("1")), R"([{"op":"replace","path":"","value":1}])");
    EXPECT_EQ(patch(one("1"), one("")), R"([{"op":"replace","path":"","value":null}])");
    EXPECT_EQ(patch(one("1"), one("1")), "[]");
}

}  // namespace
}  // namespace freshet::engine
