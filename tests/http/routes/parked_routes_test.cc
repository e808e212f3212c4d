// What http/routes/parked_routes.h promises of orders that cross what the function does meanwhile.

#include "http/routes/parked_routes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/folding/function_facts.h"
#include "storage/notice.h"
#include "tests/support/must.h"
#include "tests/world/images.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using storage::Notice;
using storage::NoticeKind;
using storage::ParkedAs;
using storage::Position;
using support::must;

class ParkedRoutesTest : public ::testing::Test {
protected:
    ParkedRoutesTest() {
        for (int i = 1; i <= 3; ++i) shop.ordered("o-" + std::to_string(i), i);
        for (std::uint64_t i = 1; i <= 3; ++i) note(parked(i, ParkedAs::failed));
    }

    // What the function notes of itself, resting on what there is.
    [[nodiscard]] Notice of_record(NoticeKind kind, std::uint64_t record) {
        Notice notice{.kind = kind, .by = {}, .table = "orders", .stream = {}};
        notice.name = "f";
        const auto known = find(record);
        notice.function = storage::FunctionNote{.record = {record},
                                                .replaces = known ? known->noted : Position{}};
        return notice;
    }
    [[nodiscard]] Notice parked(std::uint64_t record, ParkedAs status) {
        Notice notice = of_record(NoticeKind::parked, record);
        notice.function->status = status;
        notice.keys = support::image_of({{"pk", "o-" + std::to_string(record)}});
        return notice;
    }
    [[nodiscard]] Notice released(std::uint64_t record) {
        return of_record(NoticeKind::released, record);
    }
    void note(Notice notice) {
        engine::ChangeBatch batch;
        batch.notices.push_back(std::move(notice));
        must(shop.stepped().append(std::move(batch)));
    }
    void hand_in(engine::ChangeBatch batch) {
        shop.engine().append(std::move(batch), [](const Result<engine::Receipt>& receipt) {
            EXPECT_TRUE(receipt) << "it is not taken";
        });
    }
    [[nodiscard]] std::optional<engine::ParkedRecord> find(std::uint64_t record) {
        return must(engine::find_parked("f", {record}, must(shop.engine().read_point())->state()));
    }

    NextStep order(const std::string& method, const std::string& target,
                   const std::string& body = {}) {
        return shop.ask({.method = method,
                         .target = target,
                         .headers = {"Content-Type: application/json"},
                         .body = body});
    }

    RouteShop shop{
        shop_config("[[function]]\nname = \"f\"\ntable = \"orders\"\n"
                    "url = \"http://127.0.0.1:1/\"\n")};
};

TEST_F(ParkedRoutesTest, ASingleOrderThatComesTooLateIsAConflictAndDoesNothing) {
    for (const std::string method : {"POST", "DELETE"}) {
        NextStep step = order(method, "/functions/f/parked/2");
        note(parked(2, ParkedAs::failed));  // it was handed over, and has failed once more
        const auto before = find(2);

        const Answer answer = shop.settle(std::move(step));

        EXPECT_EQ(answer.status, 409) << method;
        EXPECT_NE(answer.body.find("look at the record again"), std::string::npos) << answer.body;
        ASSERT_TRUE(find(2)) << method;
        EXPECT_EQ(find(2)->noted, before->noted);
    }
}

TEST_F(ParkedRoutesTest, WhatWasTakenMeanwhileIsNotParkedAgain) {
    NextStep again = order("POST", "/functions/f/parked/2");
    NextStep edit = order("PUT", "/functions/f/parked/2", "{}");
    note(released(2));

    EXPECT_EQ(shop.settle(std::move(again)).status, 409);
    EXPECT_EQ(shop.settle(std::move(edit)).status, 409);

    EXPECT_FALSE(find(2));
}

TEST_F(ParkedRoutesTest, AnOrderAboutManyCountsThoseThatItWasInTimeFor) {
    for (const std::string what : {"again", "drop"}) {
        NextStep step =
            order("POST", "/functions/f/parked", R"({"do":")" + what + R"(","all":true})");
        note(parked(2, ParkedAs::failed));

        const Answer answer = shop.settle(std::move(step));

        EXPECT_EQ(answer.status, 200);
        EXPECT_NE(answer.body.find(what == "drop" ? R"({"dropped":2,)" : R"({"again":2,)"),
                  std::string::npos)
            << answer.body;
        EXPECT_NE(answer.body.find(R"("changed":1)"), std::string::npos) << answer.body;
        EXPECT_EQ(answer.body.find(R"({"record":2)"), std::string::npos) << answer.body;
        EXPECT_EQ(find(2)->status, ParkedAs::failed);
    }
    EXPECT_FALSE(find(1));
    EXPECT_FALSE(find(3));
}

TEST_F(ParkedRoutesTest, ThoseWhoFeedTheFunctionHearOfTheRecordsWhetherOrNotSomebodyIsAnswered) {
    std::vector<Position> told;
    shop.engine().functions().hear_changes(
        [&told](const engine::Function& function, const std::vector<Position>& records) {
            EXPECT_EQ(function.name, "f");
            told.insert(told.end(), records.begin(), records.end());
        });
    NextStep step = order("POST", "/functions/f/parked", R"({"do":"drop","records":[1,3]})");
    engine::ChangeBatch own;
    own.notices.push_back(parked(2, ParkedAs::failed));

    hand_in(std::move(std::get<RecordsToAppend>(step).batch));  // nobody waits for the answer
    hand_in(std::move(own));
    EXPECT_TRUE(told.empty()) << "nothing is written yet";
    must(shop.stepped().append(engine::ChangeBatch()));

    EXPECT_EQ(told, (std::vector<Position>{{1}, {3}})) << "and what is its own is no order";
    shop.engine().functions().hear_changes(nullptr);
}

}  // namespace
}  // namespace freshet::http
