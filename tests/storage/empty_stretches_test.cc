// What storage/empty_stretches.h promises, by example. The property is in tests/properties.

#include "storage/empty_stretches.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::storage {
namespace {

constexpr std::uint64_t weight = 1'000;

class EmptyStretchesTest : public ::testing::Test {
protected:
    EmptyStretchesTest() { stretches.clear(1); }

    void put(std::uint64_t version, std::initializer_list<std::string_view> entries) {
        stretches.replace(version, [&](const EmptyStretches::Tell& tell) {
            for (const std::string_view entry : entries) tell(entry);
        });
    }

    void learn(std::string_view begin, std::string_view end, std::uint64_t version,
               std::uint64_t steps = weight) {
        EmptyStretches::Reading reading(stretches, begin, end, version);
        reading.learn(begin, end, steps);
    }

    std::optional<std::string> end_of_stretch(std::string_view entry, std::uint64_t version) {
        return EmptyStretches::Reading(stretches, "a", "z", version).end_of_stretch(entry);
    }
    std::optional<std::string> begin_of_stretch(std::string_view entry, std::uint64_t version) {
        return EmptyStretches::Reading(stretches, "a", "z", version).begin_of_stretch(entry);
    }

    EmptyStretches stretches;
};

TEST_F(EmptyStretchesTest, AStretchIsFoundFromItsVersionOn) {
    put(5, {});
    learn("c", "f", 5);

    for (const char* inside : {"c", "d", "ezz"}) {
        EXPECT_EQ(end_of_stretch(inside, 5), "f") << inside;
    }
    for (const char* outside : {"a", "bzz", "f"}) {
        EXPECT_EQ(end_of_stretch(outside, 5), std::nullopt);
    }
    for (const char* above : {"cc", "d", "f"}) EXPECT_EQ(begin_of_stretch(above, 9), "c") << above;
    for (const char* other : {"a", "c", "fa"}) EXPECT_EQ(begin_of_stretch(other, 9), std::nullopt);
    EXPECT_EQ(end_of_stretch("d", 4), std::nullopt) << "there were rows before";
    EXPECT_EQ(begin_of_stretch("d", 4), std::nullopt);
}

TEST_F(EmptyStretchesTest, ARowPartsTheStretchThatItComesInto) {
    learn("c", "f", 1);
    put(2, {"d"});

    EXPECT_EQ(end_of_stretch("c", 2), "d");
    EXPECT_EQ(end_of_stretch("d", 2), std::nullopt);
    EXPECT_EQ(end_of_stretch(std::string("d\0", 2), 2), "f");
    EXPECT_EQ(begin_of_stretch("f", 2), std::string("d\0", 2));
}

TEST_F(EmptyStretchesTest, WhatIsNotWorthItIsNoStretch) {
    learn("c", "f", 1, EmptyStretches::weight_least - 1);
    EXPECT_EQ(stretches.size(), 0U);

    learn("c", "f", 1, EmptyStretches::weight_least);
    put(2, {"d"});
    EXPECT_EQ(stretches.size(), 0U) << "neither half is";
}

TEST_F(EmptyStretchesTest, StretchesThatTouchAreOneFromTheLaterVersionOn) {
    learn("c", "f", 1);
    put(2, {});
    learn("f", "h", 2);
    put(3, {});
    learn("b", "d", 3);
    learn("k", "m", 3);

    EXPECT_EQ(end_of_stretch("b", 3), "h");
    EXPECT_EQ(end_of_stretch("d", 2), std::nullopt);
    EXPECT_EQ(stretches.size(), 2U);
}

TEST_F(EmptyStretchesTest, AReaderOfAnEarlierVersionTeachesNothing) {
    put(2, {"d"});
    learn("c", "f", 1);

    EXPECT_EQ(stretches.size(), 0U);
}

TEST_F(EmptyStretchesTest, AReaderDoesNotTeachWhatWasPutSinceItBegan) {
    EmptyStretches::Reading reading(stretches, "a", "z", 1);
    put(2, {"d"});
    reading.learn("c", "f", weight);
    EXPECT_EQ(stretches.size(), 0U);

    reading.learn("f", "h", weight);
    EXPECT_EQ(end_of_stretch("g", 1), "h") << "what was put is not there";
}

TEST_F(EmptyStretchesTest, AReaderThatMissedWhatWasPutTeachesNothing) {
    EmptyStretches::Reading reading(stretches, "a", "z", 1);
    stretches.replace(2, [&](const EmptyStretches::Tell& tell) {
        for (int row = 0; row < 5'000; ++row) tell("b" + std::to_string(row));
    });
    reading.learn("f", "h", weight);

    EXPECT_EQ(stretches.size(), 0U);
}

TEST_F(EmptyStretchesTest, NothingIsKnownOfWhatWasCleared) {
    learn("c", "f", 1);
    EmptyStretches::Reading reading(stretches, "a", "z", 1);
    stretches.clear(2);
    reading.learn("g", "h", weight);

    EXPECT_EQ(stretches.size(), 0U);
    EXPECT_EQ(end_of_stretch("d", 2), std::nullopt);
}

// What is merged may have lost its deletions: to go around them would cost more than they do.
TEST_F(EmptyStretchesTest, WhatWasMergedIsLearnedAgain) {
    stretches.forget_merged(1);
    learn("c", "f", 1);
    stretches.forget_merged(1);
    EXPECT_EQ(stretches.size(), 1U) << "nothing was";

    EmptyStretches::Reading reading(stretches, "a", "z", 1);
    stretches.forget_merged(2);
    EXPECT_EQ(stretches.size(), 0U);

    reading.learn("g", "h", weight);
    EXPECT_EQ(end_of_stretch("g", 1), "h");
}

TEST_F(EmptyStretchesTest, KeepsNoMoreThanItMay) {
    for (std::size_t i = 0; i < 2 * EmptyStretches::stretches_max; ++i) {
        const std::string begin = "b" + std::to_string(1'000'000 + i);
        learn(begin, begin + "b", 1);
    }
    EXPECT_EQ(stretches.size(), EmptyStretches::stretches_max);

    stretches.clear(2);
    learn("b", "c" + std::string(EmptyStretches::stretch_bytes_max, 'x'), 2);
    EXPECT_EQ(stretches.size(), 0U);
}

}  // namespace
}  // namespace freshet::storage
