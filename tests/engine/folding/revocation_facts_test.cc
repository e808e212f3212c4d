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
    EXPECT_EQ(names(), (std::vector<std::string>{"ann", "bob", "7"})) << "no clock drops anything";
    std::vector<Said> more = all;
    more.push_back({notice(RevokedBy::session, "0f", seconds(9)), noon + seconds(60)});

    const auto bytes = fold(more, 1);

    EXPECT_EQ(names(), (std::vector<std::string>{"0f", "bob", "7"}));
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

TEST_F(RevocationFacts, OneThatCannotBeReadIsDamage) {
    for (const std::string bytes : {"", "1", "1 2 3", "1 -2 3 ", "a 2 3 "}) {
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
