// What http/credentials/renewal.h promises, for every life of a token up to a day: a page that
// renews when it is told to never gets the token that is about to end.

#include "http/credentials/renewal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "http/credentials/token.h"
#include "http/credentials/token_vendor.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using support::must;

constexpr sys_seconds issued{seconds{1'800'000'000}};
constexpr seconds day{86'400};
constexpr seconds short_life{300};  // up to which every single moment is looked at

// The moments of a token's life that are worth a look: all of a short one's, and those around each
// bound of a long one's.
std::set<seconds> moments_of(seconds life) {
    std::set<seconds> moments;
    if (life <= short_life) {
        for (seconds age{0}; age <= life; ++age) moments.insert(age);
        return moments;
    }
    for (const seconds bound :
         {seconds(0), life / 4, life / 2, life - life / 12, life - seconds(90), life - seconds(60),
          given_again_until(issued, issued + life) - issued, life}) {
        for (seconds age = bound - seconds(1); age <= bound + seconds(1); ++age) {
            if (age >= seconds(0) && age <= life) moments.insert(age);
        }
    }
    return moments;
}

class RenewedToken : public ::testing::Test {
protected:
    static TokenVendor new_vendor() {
        return TokenVendor(
            must(TokenKey::hmac("k1", "a secret that both sides have had for long")));
    }
    VendedToken vend(TokenVendor& vendor, seconds life, sys_seconds now) {
        return must(vendor.vend(maker, ann, life, now));
    }

    const Identity maker{.caller = engine::everybody(), .expires = {}};
    const engine::Caller ann{
        .subject = "ann", .roles = {"customer"}, .claims = {}, .grants = std::nullopt};
};

TEST(Renewal, AStreamSaysThatItsCredentialExpiresAMinuteBeforeOrAtHalfTime) {
    EXPECT_EQ(expiring_at(issued, issued + seconds(3'600)), issued + seconds(3'540));
    EXPECT_EQ(expiring_at(issued, issued + seconds(120)), issued + seconds(60));
    EXPECT_EQ(expiring_at(issued, issued + seconds(60)), issued + seconds(30));
    EXPECT_EQ(expiring_at(issued, issued + seconds(1)), issued + seconds(1));
    EXPECT_EQ(expiring_at(issued, issued), issued);
    EXPECT_EQ(expiring_at(issued + seconds(5), issued), issued);
}

TEST(Renewal, ATokenOfAnHourIsGivenAgainFor55Minutes) {
    EXPECT_EQ(given_again_until(issued, issued + seconds(3'600)), issued + seconds(3'300));
}

TEST(Renewal, ATokenIsNotGivenAgainOnceAStreamUnderItSaysThatItExpires) {
    for (seconds life{1}; life <= day; ++life) {
        const sys_seconds expires = issued + life;
        const sys_seconds until = given_again_until(issued, expires);
        const seconds slack = std::min(token_leeway, life / 4);
        for (const seconds age : moments_of(life)) {
            ASSERT_LE(until + slack, expiring_at(issued + age, expires))
                << life.count() << " s, begun after " << age.count() << " s";
        }
        ASSERT_LE(until, expires - life / 12) << life.count();
        ASSERT_GE(until, issued) << life.count();
    }
}

// The vendor itself. A stream may begin whenever a token is given, others ask for the same token
// meanwhile, and the page renews when it is told to.
TEST_F(RenewedToken, ClearlyOutlivesTheOneThatExpires) {
    constexpr int others = 3;
    for (seconds life{1}; life <= vended_life_max;
         life += life < short_life ? seconds(1) : life / 7) {
        for (const seconds age : moments_of(life)) {
            TokenVendor vendor = new_vendor();
            const sys_seconds begun = issued + age;
            const VendedToken oldest = vend(vendor, life, issued);
            const VendedToken first = vend(vendor, life, begun);
            const sys_seconds told = expiring_at(begun, first.expires);
            for (int i = 0; i < others; ++i) {
                vend(vendor, life, begun + (told - begun) * i / others);
            }

            const VendedToken second = vend(vendor, life, told);

            ASSERT_GT(second.expires, oldest.expires) << life.count() << " s";
            ASSERT_GT(second.expires, first.expires + std::min(token_leeway, life / 4))
                << life.count() << " s, begun after " << age.count() << " s";
        }
    }
}

TEST_F(RenewedToken, IsTheSameOneUntilThen) {
    for (const seconds life : {seconds(60), seconds(720), seconds(3'600)}) {
        TokenVendor vendor = new_vendor();
        const VendedToken first = vend(vendor, life, issued);
        const sys_seconds until = given_again_until(issued, first.expires);

        EXPECT_EQ(vend(vendor, life, until - seconds(1)).token, first.token) << life.count();
        EXPECT_NE(vend(vendor, life, until).token, first.token) << life.count();
    }
}

}  // namespace
}  // namespace freshet::http
