// What http/credentials/revocations.h promises, by example.

#include "http/credentials/revocations.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/held_clock.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using engine::Revocation;
using std::chrono::microseconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using storage::RevokedBy;
using support::must;

constexpr sys_seconds noon{seconds{1'800'000'000}};
constexpr seconds hour{3'600};

Digest digest(std::size_t number) {
    Digest digest{};
    std::memcpy(digest.data(), &number, sizeof number);
    return digest;
}

// A token of ann's that was issued an hour ago.
Revocations::Credential credential(std::size_t number) {
    return {.digest = digest(number), .subject = "ann", .id = std::nullopt, .issued = noon - hour};
}

Revocation of_session(std::size_t number, seconds life = hour) {
    return {.revoked_by = RevokedBy::session,
            .name = session_of(digest(number)),
            .at = noon,
            .until = noon + life,
            .position = {},
            .by = "ann"};
}

Revocation of_subject(const std::string& name, storage::AppendTime at = noon) {
    return {.revoked_by = RevokedBy::subject, .name = name, .at = at, .until = std::nullopt};
}

Revocation of_id(const std::string& name) {
    return {.revoked_by = RevokedBy::token_id, .name = name, .at = noon, .until = std::nullopt};
}

std::size_t sessions(Revocations& revocations, sys_seconds now) {
    return revocations.counts(now)[static_cast<std::size_t>(RevokedBy::session)];
}

TEST(Revocations, ATokenThatIsInUseLearnsOfItsEnd) {
    Revocations revocations;
    const auto of_first = revocations.watch(credential(1));
    const auto of_second = revocations.watch(credential(2));

    must(revocations.end(of_session(1), noon));

    EXPECT_TRUE(*of_first);
    EXPECT_FALSE(*of_second);
}

TEST(Revocations, AllWhoUseOneTokenShareItsFlag) {
    Revocations revocations;
    const auto stream = revocations.watch(credential(1));
    const auto upload = revocations.watch(credential(1));

    EXPECT_EQ(stream, upload);
}

TEST(Revocations, OneThatHasEndedIsSoWhenItComesAgain) {
    Revocations revocations;

    must(revocations.end(of_session(1), noon));
    must(revocations.end(of_session(1), noon + seconds(1)));

    EXPECT_TRUE(*revocations.watch(credential(1)));
    EXPECT_EQ(sessions(revocations, noon + seconds(1)), 1U);
}

TEST(Revocations, ASubjectsTokensEndThatWereIssuedUpToThenOrDoNotSayWhen) {
    const auto cut = noon + microseconds(250'000);
    auto at = credential(1);
    at.issued = cut;
    auto after = credential(2);
    after.issued = cut + microseconds(1);
    auto any_time = credential(3);
    any_time.issued = std::nullopt;
    auto of_bob = credential(4);
    of_bob.subject = "bob";
    for (const bool is_watched_before : {true, false}) {
        Revocations revocations;
        std::vector<Revocations::Flag> flags;
        const auto watch = [&] {
            for (const auto& one : {at, after, any_time, of_bob}) {
                flags.push_back(revocations.watch(one));
            }
        };

        if (is_watched_before) watch();
        must(revocations.end(of_subject("ann", cut), noon));
        if (!is_watched_before) watch();

        EXPECT_TRUE(*flags[0]);
        EXPECT_FALSE(*flags[1]);
        EXPECT_TRUE(*flags[2]);
        EXPECT_FALSE(*flags[3]);
        EXPECT_EQ(revocations.cut_of("ann"), cut);
        EXPECT_EQ(revocations.cut_of("bob"), std::nullopt);
    }
}

TEST(Revocations, ALaterRevocationOfASubjectReachesFurtherAndAnEarlierOneTakesNothingBack) {
    Revocations revocations;
    auto later = credential(1);
    later.issued = noon + seconds(5);
    const auto flag = revocations.watch(later);

    revocations.take({of_subject("ann", noon)});
    EXPECT_FALSE(*flag);
    revocations.take({of_subject("ann", noon + seconds(5)), of_subject("ann", noon)});

    EXPECT_TRUE(*flag);
    EXPECT_EQ(revocations.cut_of("ann"), noon + seconds(5));
}

TEST(Revocations, ATokenEndsByItsIdWhoeversItIs) {
    Revocations revocations;
    auto named = credential(1);
    named.id = "7";
    auto other = credential(2);
    other.id = "8";
    const auto of_named = revocations.watch(named);
    const auto of_other = revocations.watch(other);
    const auto of_nameless = revocations.watch(credential(3));

    revocations.take({of_id("7")});

    EXPECT_TRUE(*of_named);
    EXPECT_FALSE(*of_other);
    EXPECT_FALSE(*of_nameless);
    named.digest = digest(9);
    EXPECT_TRUE(*revocations.watch(named)) << "it is another text that calls itself so";
}

// A restart would forget the later one, which the disk may have refused.
TEST(Revocations, WhatIsSaidAgainIsNotInTheLogBeforeTheLogHasThatToo) {
    Revocations revocations;
    const auto token = revocations.watch(credential(1));
    Revocation logged = of_subject("ann", noon - 2 * hour);
    logged.position = {5};
    revocations.take({logged});
    EXPECT_FALSE(*token) << "it was issued later";

    must(revocations.end(of_subject("ann"), noon));

    EXPECT_TRUE(*token);
    EXPECT_EQ(revocations.ending(session_of(digest(1)))->position, storage::Position{});
    logged.at = noon;
    logged.position = {9};
    revocations.take({logged});
    EXPECT_EQ(revocations.ending(session_of(digest(1)))->position, storage::Position{9});
}

TEST(Revocations, AreUnknownFromAwaitingThemUntilTheyAreTold) {
    Revocations revocations;
    EXPECT_TRUE(revocations.are_known());

    revocations.await();
    EXPECT_FALSE(revocations.are_known());
    must(revocations.end(of_session(1), noon));
    EXPECT_FALSE(revocations.are_known());
    revocations.take({});

    EXPECT_TRUE(revocations.are_known());
}

TEST(Revocations, OneIsInForceUntilItHasHadItsDayAndForEverWithoutOne) {
    Revocations revocations;
    must(revocations.end(of_session(1, seconds(10)), noon));
    must(revocations.end(of_session(2, seconds(5)), noon));
    must(revocations.end(of_id("7"), noon));

    EXPECT_EQ(sessions(revocations, noon + seconds(4)), 2U);
    EXPECT_EQ(sessions(revocations, noon + seconds(5)), 1U);
    EXPECT_TRUE(*revocations.watch(credential(1)));
    EXPECT_EQ(sessions(revocations, noon + seconds(10)), 0U);
    EXPECT_EQ(revocations.counts(noon + 100'000 * hour), (Revocations::Counts{0, 1, 0}));
}

TEST(Revocations, AClockThatJumpsAheadAndBackTakesNothingWhoeverLooksMeanwhile) {
    Revocations revocations;
    for (std::size_t i = 0; i < 3'000; ++i) must(revocations.end(of_session(i), noon));
    const sys_seconds ahead = noon + 8'760 * hour;

    EXPECT_EQ(sessions(revocations, ahead), 0U);
    EXPECT_TRUE(revocations.after(std::nullopt, 9, ahead).empty());
    must(revocations.end(of_session(0, 8'761 * hour), ahead));
    EXPECT_EQ(sessions(revocations, ahead), 1U);

    EXPECT_EQ(sessions(revocations, noon), 3'000U);
    EXPECT_EQ(revocations.after(std::nullopt, 9, noon).size(), 9U);
    for (const std::size_t i : {0U, 1U, 2'999U}) EXPECT_TRUE(*revocations.watch(credential(i)));
    EXPECT_EQ(sessions(revocations, noon + hour), 1U);
}

TEST(Revocations, WhatHasHadItsDayIsForgottenOnceThatMuchHasPassedAndADay) {
    support::HeldClock clock;
    Revocations revocations(&clock);
    const auto end = [&](std::size_t from, sys_seconds now) {
        for (std::size_t i = from; i < from + 2'000; ++i) {
            auto session = of_session(i);
            session.at = now;
            session.until = now + hour;
            must(revocations.end(session, now));
        }
    };
    end(0, noon);
    EXPECT_EQ(sessions(revocations, noon + hour), 0U);
    EXPECT_TRUE(*revocations.watch(credential(1))) << "the clock may be wrong";

    clock.advance(25 * hour - seconds(1));
    end(2'000, noon + 25 * hour);
    EXPECT_EQ(sessions(revocations, noon + 26 * hour), 0U);
    EXPECT_TRUE(*revocations.watch(credential(1)));
    clock.advance(seconds(1));
    end(4'000, noon + 26 * hour);
    end(6'000, noon + 26 * hour);
    EXPECT_EQ(sessions(revocations, noon + 27 * hour), 0U);

    EXPECT_FALSE(*revocations.watch(credential(1)));
    EXPECT_TRUE(*revocations.watch(credential(2'000)));
}

TEST(Revocations, OneIsKeptForAsLongAsAnyoneSaidOfIt) {
    Revocations revocations;
    revocations.take({of_session(1, seconds(20)), of_session(1, seconds(10))});
    EXPECT_EQ(sessions(revocations, noon + seconds(19)), 1U);

    revocations.take({of_id("7")});
    auto ends = of_id("7");
    ends.until = noon + hour;
    revocations.take({ends});

    EXPECT_EQ(revocations.counts(noon + 2 * hour), (Revocations::Counts{0, 1, 0}));
}

TEST(Revocations, NoMoreAreRememberedThanThereIsRoomFor) {
    Revocations revocations;
    for (std::size_t i = 0; i < revocations_max; ++i) {
        must(revocations.end(of_session(i, seconds(i % 2 == 0 ? 10 : 20)), noon));
    }

    const auto refused = revocations.end(of_session(revocations_max), noon);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    must(revocations.end(of_session(0), noon));  // it has ended already
    must(revocations.end(of_session(revocations_max), noon + seconds(11)));
}

TEST(Revocations, NoNumberOfSessionsKeepsAnAdminFromRevoking) {
    Revocations revocations;
    std::vector<Revocation> all;
    for (std::size_t i = 0; i < revocations_max; ++i) all.push_back(of_session(i));
    revocations.take(all);
    ASSERT_FALSE(revocations.end(of_session(revocations_max), noon));

    must(revocations.end(of_subject("ann"), noon));
    must(revocations.end(of_id("7"), noon));
}

TEST(Revocations, HalfOfTheRoomForAllElseIsForAdmins) {
    Revocations revocations;
    std::vector<Revocation> all;
    for (std::size_t i = 0; i < revocations_max / 2; ++i) all.push_back(of_id(std::to_string(i)));
    revocations.take(all);

    const auto refused = revocations.end(of_subject("ann"), noon, Revocations::Asker::anybody);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    must(revocations.end(of_subject("ann"), noon));
    must(revocations.end(of_subject("ann", noon + seconds(1)), noon, Revocations::Asker::anybody));
}

TEST(Revocations, SessionsThatCannotBeToldApartLeaveRoomForThoseThatCan) {
    Revocations revocations;
    auto nameless = of_session(0);
    nameless.by.clear();
    for (std::size_t i = 0; i < revocations_max / 2; ++i) {
        nameless.name = session_of(digest(i));
        must(revocations.end(nameless, noon));
    }

    nameless.name = session_of(digest(revocations_max));
    EXPECT_FALSE(revocations.end(nameless, noon));

    must(revocations.end(of_session(revocations_max), noon));
}

TEST(Revocations, KnowHowManySessionsOfASubjectAreInForce) {
    Revocations revocations;
    for (std::size_t i = 0; i < 5; ++i) {
        auto session = of_session(i, seconds(10 + i));
        session.by = i < 3 ? "ann" : "bob";
        must(revocations.end(session, noon));
        must(revocations.end(session, noon));
    }

    EXPECT_EQ(revocations.sessions_of("ann", noon), 3U);
    EXPECT_EQ(revocations.sessions_of("bob", noon), 2U);
    EXPECT_EQ(revocations.sessions_of("carl", noon), 0U);
    EXPECT_EQ(revocations.sessions_of("ann", noon + seconds(11)), 1U);
    EXPECT_EQ(revocations.sessions_of("ann", noon + seconds(12)), 0U);
    EXPECT_EQ(revocations.sessions_of("bob", noon + seconds(12)), 2U);
}

TEST(Revocations, WhatTheLogSaysIsTakenWhateverItsNumberAndThenThereIsNoRoom) {
    Revocations revocations;
    std::vector<Revocation> all;
    for (std::size_t i = 0; i <= revocations_max; ++i) all.push_back(of_id(std::to_string(i)));

    revocations.take(all);

    EXPECT_EQ(revocations.counts(noon), (Revocations::Counts{0, revocations_max + 1, 0}));
    EXPECT_FALSE(revocations.end(of_subject("ann"), noon));
    must(revocations.end(of_session(1), noon));
}

TEST(Revocations, TellsWhatIsInForcePageByPage) {
    Revocations revocations;
    revocations.take({of_session(1), of_id("7"), of_subject("bob"), of_subject("ann")});

    const auto first = revocations.after(std::nullopt, 3, noon);
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(first[0], of_subject("ann"));
    EXPECT_EQ(first[1], of_subject("bob"));
    EXPECT_EQ(first[2], of_id("7"));

    const auto last = revocations.after(Revocations::Name(RevokedBy::token_id, "7"), 3, noon);
    EXPECT_EQ(last, std::vector{of_session(1)});
    EXPECT_EQ(revocations.after(std::nullopt, 9, noon + hour).size(), 3U);
}

TEST(Revocations, ManyThatComeAndGoTakeNothingFromOneThatStays) {
    Revocations revocations;
    const auto stays = revocations.watch(credential(0));
    for (std::size_t i = 1; i <= 10'000; ++i) {
        EXPECT_FALSE(*revocations.watch(credential(i)));
    }

    must(revocations.end(of_session(0), noon));

    EXPECT_TRUE(*stays);
}

}  // namespace
}  // namespace freshet::http
