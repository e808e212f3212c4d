// What engine/sequencing/revocation_board.h promises, and Engine::hear_revocations with it.

#include "engine/sequencing/revocation_board.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using storage::RevokedBy;
using support::must;
using Names = std::vector<std::string>;

std::vector<Revocation> of(const std::string& name) {
    return {{.revoked_by = RevokedBy::subject, .name = name}};
}

class Heard {
public:
    RevocationBoard::Listener listener() {
        return [this](const std::vector<Revocation>& heard) {
            names_.emplace_back();
            for (const Revocation& revocation : heard) names_.back() += revocation.name + " ";
        };
    }
    [[nodiscard]] const Names& names() const { return names_; }

private:
    Names names_;
};

const RevocationBoard::ReadAll nothing_is_known = [] {
    return Result<std::vector<Revocation>>(fail(Errc::unavailable, "folding"));
};

TEST(RevocationBoardTest, ListenersHearEverythingFirst) {
    RevocationBoard board;
    Heard early;
    board.listen(early.listener(), nothing_is_known);
    board.tell(of("ann"));
    EXPECT_EQ(early.names(), Names{}) << "not before it knows the others";

    board.tell_all(of("ann"));
    board.tell(of("bob"));

    EXPECT_EQ(early.names(), (Names{"ann ", "bob "}));
    Heard late;
    board.listen(late.listener(), [] { return of("carl"); });
    board.tell({});
    board.tell(of("dan"));
    EXPECT_EQ(late.names(), (Names{"carl ", "dan "}));
    EXPECT_EQ(early.names().size(), 2U);
}

TEST(RevocationBoardTest, NobodyIsCalledWhoHasStoppedListening) {
    RevocationBoard board;
    Heard heard;
    board.listen(heard.listener(), nothing_is_known);

    board.listen(nullptr, nothing_is_known);
    board.tell_all(of("ann"));
    board.tell(of("bob"));

    EXPECT_EQ(heard.names(), Names{});
}

// What is told can be read only a moment later. Who comes between the two would hear nothing.
TEST(RevocationBoardTest, OneThatComesBetweenTellingAllAndShowingThemHearsThem) {
    for (int i = 0; i < 200; ++i) {
        RevocationBoard board;
        Heard late;
        std::atomic<bool> is_shown = false;
        std::atomic<bool> has_come = false;
        std::thread comes;

        board.tell_all(of("ann"), [&] {
            comes = std::thread([&] {
                has_come = true;
                board.listen(late.listener(), [&] {
                    return is_shown ? Result<std::vector<Revocation>>(of("ann"))
                                    : nothing_is_known();
                });
            });
            while (!has_come) std::this_thread::yield();
            for (int j = 0; j < 100; ++j) std::this_thread::yield();
            is_shown = true;
        });
        comes.join();

        ASSERT_EQ(late.names(), Names{"ann "});
    }
}

ChangeBatch revoking(const std::string& name) {
    ChangeBatch batch;
    batch.notices.push_back({.kind = storage::NoticeKind::revocation,
                             .by = "root",
                             .table = {},
                             .stream = {},
                             .revoked_by = RevokedBy::token_id,
                             .name = name});
    return batch;
}

TEST(RevocationBoardTest, TheEngineTellsOfEachBeforeItIsAcknowledged) {
    support::Shop shop;
    Heard heard;
    shop.engine().hear_revocations(heard.listener());
    EXPECT_EQ(heard.names(), Names{""}) << "there is none so far";

    Names when_acknowledged;
    shop.engine().append(revoking("7"), [&](const Result<Receipt>& receipt) {
        EXPECT_EQ(must(receipt).appended, 1U);
        when_acknowledged = heard.names();
    });
    shop.sequencer().step();

    EXPECT_EQ(when_acknowledged, (Names{"", "7 "}));
    EXPECT_EQ(must(shop.append(revoking("7"))).appended, 0U) << "the log says so already";
    EXPECT_EQ(heard.names().size(), 2U);
    for (const bool delete_state : {false, true}) {
        shop.restart(delete_state);
        Heard again;
        shop.engine().hear_revocations(again.listener());
        EXPECT_EQ(again.names(), Names{"7 "});
    }
}

TEST(RevocationBoardTest, AfterARecoveryEverythingIsToldAgain) {
    support::Shop shop;
    Heard heard;
    shop.engine().hear_revocations(heard.listener());
    must(shop.append(revoking("7")));

    must(shop.sequencer().fold_log());

    EXPECT_EQ(heard.names(), (Names{"", "7 ", "7 "}));
}

}  // namespace
}  // namespace freshet::engine
