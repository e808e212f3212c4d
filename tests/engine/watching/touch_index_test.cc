// What engine/watching/touch_index.h promises.

#include "engine/watching/touch_index.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace freshet::engine {
namespace {

using Kind = storage::StateBatch::EntryKind;
using Pictures = std::multiset<TouchIndex::Number>;
using std::string_view_literals::operator""sv;

class TouchIndexTest : public ::testing::Test {
protected:
    Pictures touched_by(Kind kind, std::string_view entry) {
        ++group;
        return touched_too(kind, entry);
    }
    // By another entry of the same group.
    Pictures touched_too(Kind kind, std::string_view entry) {
        Pictures touched;
        index.find(kind, entry, group,
                   [&](TouchIndex::Number picture) { touched.insert(picture); });
        return touched;
    }

    static Footprint footprint(std::initializer_list<std::string_view> items,
                               std::initializer_list<std::string_view> prefixes) {
        Footprint made;
        for (const std::string_view key : items) made.add_item("orders", key);
        for (const std::string_view prefix : prefixes) made.add_rows("mine", prefix);
        made.sort();
        return made;
    }

    TouchIndex index;
    std::uint64_t group = 0;
};

TEST_F(TouchIndexTest, FindsThePicturesThatShowAnItem) {
    index.move(1, {}, footprint({"a", "b", "a"}, {}));
    index.move(2, {}, footprint({"b"}, {}));

    EXPECT_EQ(touched_by(Kind::item, "orders\0a"sv), Pictures{1});
    EXPECT_EQ(touched_by(Kind::item, "orders\0b"sv), (Pictures{1, 2}));
    EXPECT_EQ(touched_by(Kind::item, "orders\0c"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::item, "notes\0a"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::row, "orders\0a"sv), Pictures{});
}

TEST_F(TouchIndexTest, FindsThePicturesOfAPartition) {
    index.move(1, {}, footprint({}, {"ada;"}));
    index.move(2, {}, footprint({}, {"bob;"}));
    index.move(3, {}, footprint({}, {"ada;"}));

    EXPECT_EQ(touched_by(Kind::row, "mine\0ada;o-1"sv), (Pictures{1, 3}));
    EXPECT_EQ(touched_by(Kind::row, "mine\0ada;"sv), (Pictures{1, 3}));
    EXPECT_EQ(touched_by(Kind::row, "mine\0bob;zzz"sv), Pictures{2});
    EXPECT_EQ(touched_by(Kind::row, "mine\0aaa;o-1"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::row, "mine\0alf;o-1"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::row, "mine\0cat;o-1"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::row, "yours\0ada;o-1"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::item, "mine\0ada;"sv), Pictures{});
}

TEST_F(TouchIndexTest, TellsOfARangeOnceInAGroup) {
    index.move(1, {}, footprint({"a"}, {"ada;"}));
    index.move(2, {}, footprint({}, {"bob;"}));

    EXPECT_EQ(touched_by(Kind::row, "mine\0ada;o-1"sv), Pictures{1});
    EXPECT_EQ(touched_too(Kind::row, "mine\0ada;o-2"sv), Pictures{});
    EXPECT_EQ(touched_too(Kind::row, "mine\0bob;o-2"sv), Pictures{2});
    EXPECT_EQ(touched_by(Kind::row, "mine\0ada;o-1"sv), Pictures{1}) << "this is another group";
}

TEST_F(TouchIndexTest, FollowsWhatAPictureIsMadeOf) {
    const Footprint before = footprint({"a", "b"}, {"ada;"});
    const Footprint after = footprint({"b", "c"}, {"bob;"});
    index.move(2, {}, footprint({"a"}, {}));

    EXPECT_TRUE(index.move(1, {}, before));
    EXPECT_FALSE(index.move(1, before, before)) << "there is nothing that was not there";
    EXPECT_TRUE(index.move(1, before, after));

    EXPECT_EQ(touched_by(Kind::item, "orders\0a"sv), Pictures{2});
    EXPECT_EQ(touched_by(Kind::item, "orders\0b"sv), Pictures{1});
    EXPECT_EQ(touched_by(Kind::item, "orders\0c"sv), Pictures{1});
    EXPECT_EQ(touched_by(Kind::row, "mine\0ada;"sv), Pictures{});
    EXPECT_EQ(touched_by(Kind::row, "mine\0bob;"sv), Pictures{1});

    EXPECT_FALSE(index.move(1, after, footprint({"b"}, {})));
    index.move(1, footprint({"b"}, {}), {});
    index.move(2, footprint({"a"}, {}), {});
    EXPECT_TRUE(index.empty());
}

}  // namespace
}  // namespace freshet::engine
