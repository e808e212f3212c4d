// What engine/folding/revocation_facts.h promises: what stays in the state of revoked tokens.

#include "engine/folding/revocation_facts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;
using storage::AppendTime;
using storage::Notice;
using storage::Position;
using storage::RevokedBy;
using support::must;
using Names = std::vector<std::string>;

constexpr AppendTime noon{seconds{1'800'000'000}};

Notice notice(RevokedBy revoked_by, const std::string& name, seconds kept = {}) {
    return {.kind = storage::NoticeKind::revocation,
            .by = "root",
            .table = {},
            .stream = {},
            .revoked_by = revoked_by,
            .name = name,
            .kept = kept};
}

// A notice, and when it is appended.
struct Said {
    Notice notice;
    AppendTime at;
};

// A notice of a session for an hour, as it is asked for and appended at that time.
Said asked(AppendTime at, const std::string& name, seconds kept = std::chrono::hours(1)) {
    Said said{notice(RevokedBy::session, name, kept), at};
    said.notice.asked = at;
    return said;
}

class RevocationFacts : public ::testing::Test {
protected:
    // Folds them into a state of its own, so many in one commit. Returns all the state's bytes.
    std::map<std::string, std::string> fold(const std::vector<Said>& all, std::size_t in_a_commit) {
        const support::TempFolder own;
        data = must(storage::DataFolder::open(own.file("data"), {}));
        for (std::size_t i = 0; i < all.size(); i += in_a_commit) {
            storage::StateBatch batch = must(data->state().begin());
            for (std::size_t j = i; j < std::min(all.size(), i + in_a_commit); ++j) {
                fold(all[j], batch);
            }
            must(data->state().commit(std::move(batch), {.mark = data->log().head(), .layout = 3}));
        }
        std::map<std::string, std::string> bytes;
        must(must(data->state().snapshot())
                 ->facts("", [&](std::string_view name, std::string_view value) {
                     bytes.emplace(name, value);
                 }));
        found = must(revocations_in(*must(data->state().snapshot())));
        data.reset();
        return bytes;
    }
    void fold(const Said& said, storage::StateBatch& state) const {
        storage::LogBatch log = data->log().begin(said.at);
        const storage::Record record = log.add(said.notice);
        must(data->log().append(log));
        must(fold_revocation(record, *record.notice(), state));
    }
    void fold(const std::vector<Said>& all) { fold(all, all.size()); }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const Revocation& revocation : found) names.push_back(revocation.name);
        return names;
    }

    std::unique_ptr<storage::DataFolder> data;
    std::vector<Revocation> found;
};

TEST_F(RevocationFacts, KeepWhatEachNoticeSays) {
    const std::string odd("a/b\0c\n", 6);
    fold({{notice(RevokedBy::subject, "ann"), noon},
          {notice(RevokedBy::token_id, odd, seconds(60)), noon + seconds(1)},
          {notice(RevokedBy::session, "0f", seconds(90)), noon + seconds(2)}},
         1);

    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[1], (Revocation{.revoked_by = RevokedBy::subject,
                                    .name = "ann",
                                    .at = noon,
                                    .until = std::nullopt,
                                    .position = Position{1},
                                    .by = "root"}));
    EXPECT_EQ(found[2], (Revocation{.revoked_by = RevokedBy::token_id,
                                    .name = odd,
                                    .at = noon + seconds(1),
                                    .until = noon + seconds(61),
                                    .position = Position{2},
                                    .by = "root"}));
    EXPECT_EQ(found[0], (Revocation{.revoked_by = RevokedBy::session,
                                    .name = "0f",
                                    .at = noon + seconds(2),
                                    .until = noon + seconds(92),
                                    .position = Position{3},
                                    .by = ""}));
}

TEST_F(RevocationFacts, ALaterNoticeReachesFurtherAndShortensNothing) {
    fold({{notice(RevokedBy::subject, "ann", seconds(60)), noon},
          {notice(RevokedBy::subject, "ann", seconds(20)), noon + seconds(10)},
          {notice(RevokedBy::token_id, "7"), noon + seconds(10)},
          {notice(RevokedBy::token_id, "7", seconds(5)), noon + seconds(10)}},
         1);

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].at, noon + seconds(10));
    EXPECT_EQ(found[0].until, noon + seconds(60));
    EXPECT_EQ(found[0].position, Position{2});
    EXPECT_EQ(found[1].until, std::nullopt);
}

// As while the log's time stands still, since a clock was set back.
TEST_F(RevocationFacts, ALaterNoticeOfTheSameTimeReachesFurtherToo) {
    const Said same{notice(RevokedBy::subject, "ann"), noon};
    fold({same, same, same}, 2);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].at, noon + std::chrono::microseconds(2));
}

TEST_F(RevocationFacts, WhatHasEndedGoesWithTheNextNotice) {
    const std::vector<Said> all{{notice(RevokedBy::subject, "ann", seconds(60)), noon},
                                {notice(RevokedBy::token_id, "7", seconds(61)), noon},
                                {notice(RevokedBy::subject, "bob"), noon + seconds(1)}};
    fold(all, 1);
    EXPECT_EQ(names(), (Names{"ann", "bob", "7"})) << "no clock drops anything";
    std::vector<Said> more = all;
    more.push_back({notice(RevokedBy::session, "0f", seconds(9)), noon + seconds(60)});

    const auto bytes = fold(more, 1);

    EXPECT_EQ(names(), (Names{"0f", "bob", "7"}));
    for (const auto& [name, value] : bytes) EXPECT_EQ(name.find("ann"), std::string::npos) << name;
}

TEST_F(RevocationFacts, AreTheSameBytesHoweverManyAreFoldedAtOnce) {
    std::vector<Said> all;
    for (int i = 0; i < 60; ++i) {
        const auto kind = static_cast<RevokedBy>(i % 3);
        const seconds kept(i % 7 == 0 ? 0 : 1 + i * 5 % 23);
        all.push_back({notice(kind, std::to_string(i % 11), kept), noon + seconds(i * 2)});
    }
    const auto one_by_one = fold(all, 1);
    const auto said = found;

    EXPECT_GT(said.size(), 5U);
    for (const std::size_t in_a_commit : {2U, 7U, 60U}) {
        EXPECT_EQ(fold(all, in_a_commit), one_by_one) << in_a_commit;
        EXPECT_EQ(found, said);
    }
}

// ---- with the time at which each was asked for ----

TEST_F(RevocationFacts, AreOfWhenTheyWereAskedForThoughTheLogsTimeIsAhead) {
    Said late = asked(noon, "0f");
    late.at = noon + std::chrono::hours(8'760);
    Said next = late;
    next.notice.kept = seconds(60);
    Said bob{notice(RevokedBy::subject, "bob"), late.at};
    bob.notice.asked = noon;

    fold({late, next, bob});

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].at, noon + std::chrono::microseconds(1));
    EXPECT_EQ(found[0].until, noon + std::chrono::hours(1));
    EXPECT_EQ(found[0].by, "root");
    EXPECT_EQ(found[1].at, noon);
}

TEST_F(RevocationFacts, WhatHasHadItsDayGoesOnceThatAndADayAreCounted) {
    std::vector<Said> all{asked(noon, "0f")};
    for (int i = 1; i <= 50; ++i) all.push_back(asked(noon + std::chrono::minutes(30 * i), "1f"));
    fold(all);
    EXPECT_EQ(names(), (Names{"0f", "1f"})) << "25 hours, and what ends then goes after them";

    all.push_back(asked(noon + std::chrono::minutes(30 * 50 + 1), "2f"));
    const auto bytes = fold(all, 7);

    EXPECT_EQ(names(), (Names{"1f", "2f"}));
    for (const auto& [name, value] : bytes) EXPECT_EQ(name.find("/0f"), std::string::npos) << name;
    EXPECT_EQ(fold(all, 1), bytes);
}

TEST_F(RevocationFacts, AClockThatJumpsAheadAndBackDropsNothing) {
    std::vector<Said> all{asked(noon, "0f")};
    AppendTime log_time = noon;
    for (int i = 0; i < 23; ++i) {
        const AppendTime ahead = noon + std::chrono::hours(8'760 * (1 + i % 3));
        log_time = std::max(log_time, ahead);
        all.push_back(asked(ahead, std::to_string(i)));
        all.push_back(asked(noon + seconds(i), std::to_string(i)));
        for (std::size_t j = all.size() - 2; j < all.size(); ++j) all[j].at = log_time;
    }

    fold(all);

    EXPECT_EQ(found.size(), 24U) << "0f, and one by each number";
}

TEST_F(RevocationFacts, AClockThatGoesBackAndForthByLittleCountsForNothing) {
    std::vector<Said> all{asked(noon, "0f")};
    for (int i = 0; i < 100; ++i) {
        all.push_back(asked(noon + std::chrono::minutes(i % 2 == 0 ? 59 : 0), "1f"));
    }

    fold(all);

    EXPECT_EQ(names(), (Names{"0f", "1f"}));
}

// As after a jump during which much was ended, or from a release that had no such bound.
TEST_F(RevocationFacts, OneNoticeDropsSoMuchAndTheNextGoesOnThere) {
    const std::size_t count = revocations_dropped_max + 10;
    std::vector<Said> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(asked(noon + seconds(i / 4), std::to_string(i), seconds(3'600 - i / 4)));
    }
    // All of them are dropped at one moment, in 25 hours.
    std::vector<Said> later;
    for (int i = 1; i <= 26; ++i) {
        later.push_back(asked(noon + std::chrono::hours(i), "a", std::chrono::hours(90)));
    }
    all.insert(all.end(), later.begin(), later.end() - 1);
    fold(all);
    const std::size_t before = found.size();
    EXPECT_EQ(before, count + 1);

    all.push_back(later.back());
    fold(all);
    EXPECT_EQ(found.size(), before - revocations_dropped_max);
    all.push_back(asked(noon + std::chrono::hours(27), "a", std::chrono::hours(90)));
    fold(all);
    EXPECT_EQ(names(), Names{"a"});
}

// Each by its own rule, so that the state is as the earlier release has left it.
TEST_F(RevocationFacts, FollowThoseOfAnEarlierReleaseThatHaveNoTimeOfTheirOwn) {
    const AppendTime ahead = noon + std::chrono::hours(8'760);
    std::vector<Said> all{{notice(RevokedBy::session, "0f", seconds(3'600)), noon},
                          {notice(RevokedBy::session, "1f", seconds(3'601)), noon},
                          {notice(RevokedBy::session, "2f", seconds(60)), noon + seconds(3'600)}};
    Said first = asked(noon, "3f");
    first.at = ahead;
    all.push_back(first);

    const auto bytes = fold(all, 1);

    EXPECT_EQ(names(), (Names{"1f", "2f", "3f"}));
    EXPECT_EQ(fold(all, 4), bytes);
    all.push_back(asked(noon + seconds(90), "2f"));
    for (int i = 1; i <= 26; ++i) all.push_back(asked(noon + std::chrono::hours(i), "4f"));
    EXPECT_EQ(fold(all, 1), fold(all, 9));
    EXPECT_EQ(names(), Names{"4f"});
}

TEST_F(RevocationFacts, OneThatCannotBeReadIsDamage) {
    for (const std::string bytes : {"", "1", "1 2 3", "1 -2 3 ", "a 2 3 ", "1 2/ 3 ", "1 2/a 3 "}) {
        const support::TempFolder own;
        data = must(storage::DataFolder::open(own.file("data"), {}));
        storage::StateBatch batch = must(data->state().begin());
        batch.put_fact("revoked/subject/ann", bytes);
        EXPECT_EQ(find_revocation(RevokedBy::subject, "ann", batch).error().code,
                  Errc::damaged_state);
        must(data->state().commit(std::move(batch), {.mark = data->log().head(), .layout = 3}));
        EXPECT_EQ(revocations_in(*must(data->state().snapshot())).error().code,
                  Errc::damaged_state);
        data.reset();
    }
}

}  // namespace
}  // namespace freshet::engine
