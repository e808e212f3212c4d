// What http/streams/subscribers.h promises, by example.

#include "http/streams/subscribers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace freshet::http {
namespace {

using Subscription = Subscribers::Subscription;

class SubscribersTest : public ::testing::Test {
protected:
    std::unique_ptr<Subscription> one(const std::string& subject) {
        return std::make_unique<Subscription>(
            list, Subscribers::Who{
                      .subject = subject, .address = "10.0.0.7", .watches = "/events?type=placed"});
    }
    [[nodiscard]] std::vector<std::uint64_t> ids(
        std::uint64_t after = 0, std::size_t limit = 100,
        const std::optional<std::string>& subject = std::nullopt) const {
        std::vector<std::uint64_t> found;
        for (const auto& listed : list.list(after, limit, subject)) found.push_back(listed.id);
        return found;
    }

    Subscribers list;
};

TEST_F(SubscribersTest, AreListedAsTheyCame) {
    const auto ada = one("ada");
    auto bob = one("bob");
    const auto more = one("ada");

    EXPECT_EQ(ids(), (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(ids(1), (std::vector<std::uint64_t>{2, 3}));
    EXPECT_EQ(ids(0, 2), (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(ids(0, 100, "ada"), (std::vector<std::uint64_t>{1, 3}));
    EXPECT_EQ(ids(0, 1, "bob"), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(ids(0, 100, "eve"), (std::vector<std::uint64_t>{}));
    bob.reset();
    EXPECT_EQ(ids(), (std::vector<std::uint64_t>{1, 3}));
}

TEST_F(SubscribersTest, AreShownWithWhereTheyAreAndWhatTheyHold) {
    const auto ada = one("ada");
    ada->move(storage::Position{7});
    ada->hold(120);

    const auto listed = list.list(0, 1, std::nullopt).front();

    EXPECT_EQ(listed.who.subject, "ada");
    EXPECT_EQ(listed.who.address, "10.0.0.7");
    EXPECT_EQ(listed.who.watches, "/events?type=placed");
    EXPECT_EQ(listed.position, storage::Position{7});
    EXPECT_EQ(listed.held_bytes, 120U);
    EXPECT_EQ(list.summary().slowest, storage::Position{7});
}

TEST_F(SubscribersTest, AreCutOneByOneOrAllOfOneSubject) {
    const auto ada = one("ada");
    const auto bob = one("bob");
    const auto more = one("ada");

    EXPECT_EQ(list.cut(9), 0U);
    EXPECT_EQ(list.cut(2), 1U);
    EXPECT_TRUE(bob->is_cut());
    EXPECT_FALSE(ada->is_cut());
    EXPECT_EQ(list.cut_all_of("ada"), 2U);
    EXPECT_TRUE(ada->is_cut() && more->is_cut());
    EXPECT_EQ(list.cut_all_of("eve"), 0U);
}

}  // namespace
}  // namespace freshet::http
