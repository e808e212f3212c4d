// What http/limits/connection_room.h promises, by example.

#include "http/limits/connection_room.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace freshet::http {
namespace {

// With how many connections it is crowded.
std::size_t crowded_from(std::size_t most) {
    ConnectionRoom room(most);
    while (!room.is_crowded()) room.enter();
    return room.count();
}

TEST(ConnectionRoom, IsCrowdedBeforeItIsFull) {
    EXPECT_EQ(crowded_from(16), 14U);
    EXPECT_EQ(crowded_from(800), 700U);
    EXPECT_EQ(crowded_from(10'000), 9'744U);
}

TEST(ConnectionRoom, IsPressedWhenHalfOfTheLastPlacesAreTaken) {
    ConnectionRoom room(800);
    while (!room.is_pressed()) room.enter();
    EXPECT_EQ(room.count(), 750U);
    EXPECT_EQ(room.too_many(), 25U) << "then a quarter of the last 100 is taken";

    for (int i = 0; i < 50; ++i) room.enter();
    EXPECT_EQ(room.too_many(), 75U);
}

TEST(ConnectionRoom, HasOneTooManyAsSoonAsItIsPressed) {
    ConnectionRoom room(16);
    while (!room.is_pressed()) room.enter();
    EXPECT_EQ(room.count(), 15U);
    EXPECT_EQ(room.too_many(), 1U);
}

TEST(ConnectionRoom, IsFullUntilOneLeaves) {
    ConnectionRoom room(16);
    for (int i = 0; i < 15; ++i) room.enter();
    EXPECT_FALSE(room.is_full());

    room.enter();
    EXPECT_TRUE(room.is_full());
    room.leave();

    EXPECT_FALSE(room.is_full());
    EXPECT_TRUE(room.is_crowded());
    room.leave();
    room.leave();
    EXPECT_FALSE(room.is_crowded());
}

}  // namespace
}  // namespace freshet::http
