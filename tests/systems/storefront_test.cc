// The storefront: its README.

#include <gtest/gtest.h>

#include "tests/systems/storefront.h"

namespace freshet::systems {
namespace {

TEST(StorefrontTest, DoesWhatItsReadmeShows) {
    Storefront storefront;
    ASSERT_GE(storefront.set_up().size(), 3U);
    ASSERT_GE(storefront.look_around().size(), 5U);

    storefront.run(storefront.set_up());
    storefront.start_freshet();
    storefront.start_the_rest(900);
    storefront.run(storefront.look_around());
}

}  // namespace
}  // namespace freshet::systems
