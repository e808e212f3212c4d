// What engine/text/enum_words.h promises.

#include "engine/text/enum_words.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace freshet::engine {

enum class Topping { cheese, double_cheese, olives };

namespace {

enum class Size : std::uint8_t { small };

struct Pizza {
    enum class Oven { wood, gas };
};

TEST(EnumWords, CountsTheEnumerators) {
    EXPECT_EQ(enum_count<Topping>, 3U);
    EXPECT_EQ(enum_count<Size>, 1U);
    EXPECT_EQ(enum_count<Pizza::Oven>, 2U);
}

TEST(EnumWords, SpellsThemInTheirOrder) {
    EXPECT_EQ(enum_words<Topping>,
              (std::array<std::string_view, 3>{"cheese", "double_cheese", "olives"}));
    EXPECT_EQ(enum_words<Size>, (std::array<std::string_view, 1>{"small"}));
    EXPECT_EQ(enum_words<Pizza::Oven>, (std::array<std::string_view, 2>{"wood", "gas"}));
}

TEST(EnumWords, HasNoWordForAValueWithoutAnEnumerator) {
    EXPECT_EQ(enumerator_word<Topping::olives>(), "olives");
    EXPECT_EQ(enumerator_word<static_cast<Topping>(3)>(), "");
}

}  // namespace
}  // namespace freshet::engine
