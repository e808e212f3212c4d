#include "engine/text/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace freshet::engine {
namespace {

TEST(Quantity, HasTheWordForOneWithOneAlone) {
    EXPECT_EQ(quantity(1, "record"), "1 record");
    EXPECT_EQ(quantity(0, "record"), "0 records");
    EXPECT_EQ(quantity(2, "record"), "2 records");
    EXPECT_EQ(quantity(11, "record"), "11 records");
    EXPECT_EQ(quantity(std::numeric_limits<std::uint64_t>::max(), "row"),
              "18446744073709551615 rows");
    EXPECT_EQ(quantity(1, "record was", "records were"), "1 record was");
    EXPECT_EQ(quantity(2, "record was", "records were"), "2 records were");
}

}  // namespace
}  // namespace freshet::engine
