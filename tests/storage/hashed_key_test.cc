// What storage/hashed_key.h promises.

#include "storage/hashed_key.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>

#include "tests/storage/colliding_keys.h"

namespace freshet::storage {
namespace {

constexpr int keys = 1'000;

// The hash function multiplies these bytes of a key, with a part of its secret, which is public,
// with those that follow them.
TEST(HashedKeyTest, KeysThatAreMadeToCollideDoNotWithoutTheSeed) {
    std::set<std::size_t> hashes;
    for (int i = 0; i < keys; ++i) {
        const std::string key = std::string(16, 'x') + "\xCB\x79\xE6\x4E\xCC\xC0\xE5\x78" +
                                std::to_string(10'000'000 + i) + std::string(32, 'y');
        ASSERT_EQ(key.size(), 64U);
        hashes.insert(HashedKey(key).hash());
    }
    EXPECT_EQ(hashes.size(), std::size_t{keys});
}

TEST(HashedKeyTest, TheSeedStaysTheSameWithinAProcess) {
    EXPECT_EQ(HashedKey::seed(), HashedKey::seed());
    EXPECT_NE(HashedKey::seed(), 0U);
    EXPECT_EQ(HashedKey("a"), HashedKey("a"));
}

TEST(HashedKeyTest, KeysOfOneHashAreNotTheSame) {
    const std::string one = "x" + colliding_end(1);
    const std::string other = "x" + colliding_end(2);

    EXPECT_EQ(HashedKey(one).hash(), HashedKey(other).hash());
    EXPECT_NE(HashedKey(one), HashedKey(other));
}

}  // namespace
}  // namespace freshet::storage
