// The lines of tests/checklist.md about views and lists, by their numbers; and that each line has a
// test.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/orders_checklist.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

JsonValue object(const std::string& members) {
    return json("{" + members + "}");
}

TEST_F(OrdersChecklist, E1_AnInsertMakesBothViewsAndARowInBothLists) {
    insert("a", {});

    EXPECT_EQ(status_of("/views/order/a"), 200);
    EXPECT_EQ(status_of("/views/admin-order/a"), 200);
    EXPECT_EQ(ids_in("/views/my-orders/ada"), Texts{"a"});
    EXPECT_EQ(ids_in("/views/all-orders"), Texts{"a"});
}

TEST_F(OrdersChecklist, E2_OnlyTheStaffSeeWhoOrdered) {
    const Order order{.pizzas = 2};
    insert("a", order);

    EXPECT_EQ(system.read("/views/order/a"), object(order.detail("a")));
    EXPECT_EQ(system.read("/views/admin-order/a"),
              object(order.detail("a") + R"(,"creator":"ada")"));
}

TEST_F(OrdersChecklist, E2_TheTimeOfTheLastUpdateIsThereOnceItIsSet) {
    insert("a", {});
    EXPECT_FALSE(system.read("/views/order/a")["lastUpdated"].exists());

    modify("a", {.last_updated = "2026-11-20T18:05:00.000Z"});

    EXPECT_EQ(system.read("/views/order/a")["lastUpdated"].text(), "2026-11-20T18:05:00.000Z");
}

TEST_F(OrdersChecklist, E3_RowsAreTheShortForm) {
    const Order order{.last_updated = "2026-11-20T18:05:00.000Z"};
    insert("a", order);

    for (const char* list : {"/views/my-orders/ada", "/views/all-orders"}) {
        EXPECT_EQ(system.list(list), std::vector<JsonValue>{object(order.summary("a"))}) << list;
    }
}

TEST_F(OrdersChecklist, E4_ManyChangesOfAnOrderLeaveOneRowInEachList) {
    insert("a", {});
    for (int i = 1; i <= 20; ++i) {
        modify("a", {.status = "SUBMITTED", .pizzas = i % 6, .last_updated = std::to_string(i)});
    }

    const Order newest{.status = "SUBMITTED", .pizzas = 20 % 6, .last_updated = "20"};
    for (const char* list : {"/views/my-orders/ada", "/views/all-orders"}) {
        EXPECT_EQ(system.list(list), std::vector<JsonValue>{object(newest.summary("a"))}) << list;
    }
}

TEST_F(OrdersChecklist, E5_TheNewestComeFirstAndEqualOnesByTheirId) {
    insert("d", {.created_at = "2026-11-20T18:00:02.000Z"});
    insert("b", {.created_at = "2026-11-20T18:00:03.000Z"});
    insert("c", {.created_at = "2026-11-20T18:00:03.000Z"});
    insert("a", {.created_at = "2026-11-20T18:00:01.000Z"});
    const Texts in_order{"b", "c", "d", "a"};
    EXPECT_EQ(ids_in("/views/my-orders/ada"), in_order);
    EXPECT_EQ(ids_in("/views/all-orders"), in_order);

    modify("a", {.created_at = "2026-11-20T18:00:01.000Z", .status = "SUBMITTED"});
    EXPECT_EQ(ids_in("/views/all-orders"), in_order) << "a change does not move a row";
}

TEST_F(OrdersChecklist, E5_AnOrderThatArrivesLateGetsThePlaceOfItsTime) {
    insert("new", {.created_at = "2026-11-20T18:00:03.000Z"});
    insert("old", {.created_at = "2026-11-20T18:00:01.000Z"});

    insert("late", {.created_at = "2026-11-20T18:00:02.000Z"});

    EXPECT_EQ(ids_in("/views/all-orders"), (Texts{"new", "late", "old"}));
}

TEST_F(OrdersChecklist, E6_ARemovedOrderIsGoneFromViewsAndLists) {
    insert("a", {});
    insert("b", {});

    remove("a");

    EXPECT_EQ(status_of("/views/order/a"), 404);
    EXPECT_EQ(status_of("/views/admin-order/a"), 404);
    EXPECT_EQ(ids_in("/views/my-orders/ada"), Texts{"b"});
    EXPECT_EQ(ids_in("/views/all-orders"), Texts{"b"});
}

TEST_F(OrdersChecklist, E7_ACompletedOrderLeavesTheBoardOnlyAndARejectedOneStays) {
    insert("done", {});
    insert("refused", {});

    modify("done", {.status = "COMPLETED"});
    modify("refused", {.status = "REJECTED"});

    EXPECT_EQ(ids_in("/views/all-orders"), Texts{"refused"});
    EXPECT_EQ(ids_in("/views/my-orders/ada"), (Texts{"done", "refused"}));
}

TEST_F(OrdersChecklist, E8_ListsAreWholeAtTheFirstReadAfterAnyStart) {
    for (int i = 0; i < 120; ++i) insert("order-" + std::to_string(i), {});
    const std::vector<JsonValue> before = system.list("/views/all-orders");
    ASSERT_EQ(before.size(), 120U);

    system.stop();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(system.list("/views/all-orders"), before);
    system.kill();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(system.list("/views/my-orders/ada"), before);
    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(system.list("/views/all-orders"), before);
    EXPECT_EQ(system.list("/views/my-orders/ada"), before);
}

TEST_F(OrdersChecklist, E32_WhatComesAgainOrLateChangesNothingAndTellsNobody) {
    tell_story();
    const std::string before = everything();

    for (const std::string& late :
         {inserted("a", 1, Order{}.attributes()).text(),
          modified("a", 3, Order{.status = "SUBMITTED", .pizzas = 2}.attributes()).text(),
          modified("a", 2, Order{.status = "NEVER"}.attributes()).text(), removed("b", 4).text(),
          inserted("gone", 5, Order{}.attributes()).text()}) {
        EXPECT_EQ(system.append(late)["duplicates"].text(), "1") << late;
    }

    EXPECT_EQ(everything(), before);
    EXPECT_EQ(events_until_now(),
              (Texts{R"(new-order {"id":"a"})", R"(new-order {"id":"b"})",
                     R"(order-status-updated {"status":"SUBMITTED"})",
                     R"(order-status-updated {"status":"COMPLETED"})", R"(new-order {"id":"gone"})",
                     R"(order-canceled {"id":"gone"})"}));
}

TEST_F(OrdersChecklist, E71_TheWholeLogFoldedIntoNothingGivesTheSameBytes) {
    tell_story();
    const std::string before = everything();
    system.stop();
    system.delete_state();

    ASSERT_TRUE(system.start());

    EXPECT_EQ(everything(), before);
}

// ---- the checklist and the tests hold each other ----

std::string source_file(const std::string& path) {
    std::ifstream file(support::source_folder() + "/" + path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::set<std::string> numbers_in(const std::string& text, const std::regex& pattern) {
    std::set<std::string> numbers;
    for (auto match = std::sregex_iterator(text.begin(), text.end(), pattern);
         match != std::sregex_iterator(); ++match) {
        numbers.insert((*match)[1]);
    }
    return numbers;
}

TEST(Checklist, HasATestForEachLineAndALineForEachTest) {
    const std::set<std::string> lines =
        numbers_in(source_file("tests/checklist.md"), std::regex("\\n\\| (E[0-9]+) \\| "));
    const std::set<std::string> tests =
        numbers_in(source_file("tests/systems/orders_checklist_test.cc") +
                       source_file("tests/systems/events_checklist_test.cc") +
                       source_file("tests/systems/records_checklist_test.cc") +
                       source_file("tests/systems/notes_checklist_test.cc") +
                       source_file("tests/systems/users_checklist_test.cc") +
                       source_file("tests/systems/access_checklist_test.cc") +
                       source_file("tests/systems/shop_steps_test.cc") +
                       source_file("tests/systems/direct_checklist_test.cc") +
                       source_file("tests/systems/functions_checklist_test.cc"),
                   std::regex("\\nTEST_F\\([A-Z][a-z]+Checklist,\\s+(E[0-9]+)_[A-Z]"));

    EXPECT_GE(lines.size(), 44U);
    EXPECT_EQ(lines, tests);
}

}  // namespace
}  // namespace freshet::systems
