// What engine/read_point.h promises about pages and cursors, by example.

#include "engine/read_point.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/must.h"
#include "tests/support/shop.h"

namespace freshet::engine {
namespace {

using support::must;

class ReadPointTest : public ::testing::Test {
protected:
    void ordered(int number) {
        must(shop.append(
            {shop.inserted({.id = "o-" + std::to_string(number),
                            .attributes = {{"creator", number % 2 == 0 ? "ann" : "bob"},
                                           {"createdAt", std::to_string(1'000 + number)}}})}));
    }
    const ListView& list() {
        return *std::get<const ListView*>(shop.engine().catalog().view("my-orders"));
    }
    Result<PageAnswer> page(const std::string& cursor, std::size_t limit = 3,
                            const std::string& partition = "ann") {
        return shop.now()->page(list(),
                                {.partition = {partition}, .limit = limit, .cursor = cursor});
    }

    support::Shop shop;
};

TEST_F(ReadPointTest, LeadsThroughAListPageByPage) {
    for (int i = 0; i < 20; ++i) ordered(i);

    std::vector<std::string> seen;
    std::string cursor;
    do {
        const PageAnswer answer = must(page(cursor));
        EXPECT_LE(answer.items.size(), 3U);
        seen.insert(seen.end(), answer.items.begin(), answer.items.end());
        cursor = answer.next;
    } while (!cursor.empty());

    ASSERT_EQ(seen.size(), 10U);
    EXPECT_EQ(seen.front(), R"({"id":"o-18"})");
    EXPECT_EQ(seen.back(), R"({"id":"o-0"})");
}

TEST_F(ReadPointTest, EndsAPageExactlyAtTheLastRowWithoutACursor) {
    for (int i = 0; i < 6; ++i) ordered(i);

    EXPECT_TRUE(must(page("", 3)).next.empty());
    EXPECT_FALSE(must(page("", 2)).next.empty());
}

TEST_F(ReadPointTest, NeitherSkipsNorRepeatsARowThatKeptItsPlace) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const PageAnswer first = must(page("", 2));
    ordered(12);
    must(shop.append({shop.removed({.id = "o-6"})}));

    const PageAnswer rest = must(page(first.next, 10));

    EXPECT_EQ(first.items, (std::vector<std::string>{R"({"id":"o-8"})", R"({"id":"o-6"})"}));
    EXPECT_EQ(rest.items,
              (std::vector<std::string>{R"({"id":"o-4"})", R"({"id":"o-2"})", R"({"id":"o-0"})"}));
}

TEST_F(ReadPointTest, RefusesACursorThatIsDamagedOrOfAnotherPartition) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const std::string cursor = must(page("", 2)).next;
    std::string damaged = cursor;
    damaged[damaged.size() / 2] = damaged[damaged.size() / 2] == 'A' ? 'B' : 'A';

    EXPECT_EQ(page(damaged).error().code, Errc::malformed);
    EXPECT_EQ(page("nonsense").error().code, Errc::malformed);
    EXPECT_EQ(page(cursor, 3, "bob").error().code, Errc::malformed);
}

TEST_F(ReadPointTest, SaysThatACursorOfAnotherDefinitionIsGone) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const std::string cursor = must(page("", 2)).next;
    ListView changed = list();
    changed.fingerprint += 1;

    const auto answer = shop.now()->page(changed, {.partition = {"ann"}, .cursor = cursor});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::gone);
}

TEST_F(ReadPointTest, ShowsAnEmptyPageForAPartitionThatNobodyIsIn) {
    ordered(0);

    EXPECT_TRUE(must(page("", 3, "nobody")).items.empty());
    EXPECT_TRUE(must(page("", 3, "an")).items.empty()) << "no partition is a prefix of another";
}

TEST_F(ReadPointTest, DoesNotChangeWhileItIsHeld) {
    ordered(0);
    const auto held = shop.now();
    ordered(2);

    EXPECT_EQ(must(held->page(list(), {.partition = {"ann"}})).items.size(), 1U);
    EXPECT_EQ(must(shop.now()->page(list(), {.partition = {"ann"}})).items.size(), 2U);
    EXPECT_LT(held->position(), shop.now()->position());
}

TEST_F(ReadPointTest, EndsAPageOnceItIsAMebibyteLong) {
    const std::string long_id(300'000, 'x');
    for (int i = 0; i < 6; ++i) {
        must(shop.append({shop.inserted(
            {.id = long_id + std::to_string(i), .attributes = {{"creator", "ann"}}})}));
    }

    const PageAnswer answer = must(page("", 100));

    EXPECT_EQ(answer.items.size(), 4U);
    EXPECT_EQ(must(page(answer.next, 100)).items.size(), 2U);
}

}  // namespace
}  // namespace freshet::engine
