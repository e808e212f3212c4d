// What http/credentials/revocations.h promises, by example.

#include "http/credentials/revocations.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstring>

#include "http/credentials/token.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using support::must;

constexpr sys_seconds noon{seconds{1'800'000'000}};
constexpr seconds hour{3'600};

Revocations::Credential credential(std::size_t number, seconds life = hour) {
    Digest digest{};
    std::memcpy(digest.data(), &number, sizeof number);
    return {.digest = digest, .expires = noon + life};
}

TEST(Revocations, ACredentialThatIsInUseLearnsOfItsEnd) {
    Revocations revocations;
    const auto of_first = revocations.watch(credential(1));
    const auto of_second = revocations.watch(credential(2));

    must(revocations.end(credential(1), noon));

    EXPECT_TRUE(*of_first);
    EXPECT_FALSE(*of_second);
}

TEST(Revocations, AllWhoUseOneCredentialShareItsFlag) {
    Revocations revocations;
    const auto stream = revocations.watch(credential(1));
    const auto upload = revocations.watch(credential(1));

    EXPECT_EQ(stream, upload);
}

TEST(Revocations, OneThatHasEndedIsSoWhenItComesAgain) {
    Revocations revocations;

    must(revocations.end(credential(1), noon));
    must(revocations.end(credential(1), noon + seconds(1)));

    EXPECT_TRUE(*revocations.watch(credential(1)));
    EXPECT_EQ(revocations.count(noon + seconds(1)), 1U);
}

TEST(Revocations, OneIsForgottenOnceNobodyWouldBelieveItAnyMore) {
    Revocations revocations;
    must(revocations.end(credential(1, seconds(10)), noon));
    must(revocations.end(credential(2, seconds(5)), noon));

    EXPECT_EQ(revocations.count(noon + seconds(5) + token_leeway), 2U);
    EXPECT_EQ(revocations.count(noon + seconds(6) + token_leeway), 1U);
    EXPECT_TRUE(*revocations.watch(credential(1)));
    EXPECT_EQ(revocations.count(noon + seconds(11) + token_leeway), 0U);
    EXPECT_FALSE(*revocations.watch(credential(1)));
}

TEST(Revocations, NoMoreAreRememberedThanThereIsRoomFor) {
    Revocations revocations;
    for (std::size_t i = 0; i < revocations_max; ++i) {
        must(revocations.end(credential(i, seconds(i % 2 == 0 ? 10 : 20)), noon));
    }

    const auto refused = revocations.end(credential(revocations_max), noon);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    must(revocations.end(credential(0), noon));  // it has ended already
    must(revocations.end(credential(revocations_max), noon + seconds(11) + token_leeway));
}

TEST(Revocations, ManyThatComeAndGoTakeNothingFromOneThatStays) {
    Revocations revocations;
    const auto stays = revocations.watch(credential(0));
    for (std::size_t i = 1; i <= 10'000; ++i) {
        EXPECT_FALSE(*revocations.watch(credential(i)));
    }

    must(revocations.end(credential(0), noon));

    EXPECT_TRUE(*stays);
}

}  // namespace
}  // namespace freshet::http
