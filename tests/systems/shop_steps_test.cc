// The lines of tests/checklist.md about what customers and staff may do with an order, by their
// numbers, on the configuration of examples/shop.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/readers/event_reader.h"
#include "tests/readers/http_client.h"
#include "tests/systems/shop_pages.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

constexpr const char* waiting = "WAITING ON CUSTOMER";
constexpr const char* submitted = "SUBMITTED";
constexpr const char* in_progress = "IN PROGRESS";
constexpr const char* rejected = "REJECTED";
constexpr const char* completed = "COMPLETED";
constexpr std::array all_statuses = {waiting, submitted, in_progress, rejected, completed};

constexpr const char* items_path = "/tables/orders/items";
constexpr const char* a_pizza = R"({"size":"large","crust":"thin","sauce":"pesto"})";
constexpr const char* no_pizzas = R"({"items":[]})";
constexpr int racers = 16;

// The body of an order or of a change.
std::string pizzas(const std::vector<std::string>& all) {
    std::string list;
    for (const std::string& pizza : all) list += (list.empty() ? "" : ",") + pizza;
    return R"({"items":[)" + list + "]}";
}

std::string to(const std::string& status) {
    return R"({"status":")" + status + R"("})";
}

// Returns once the next millisecond has begun, as the server's times are in milliseconds.
void await_next_millisecond() {
    using std::chrono::milliseconds;
    const auto now = [] {
        const auto time = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<milliseconds>(time);
    };
    for (const milliseconds begin = now(); now() == begin;) std::this_thread::yield();
}

class ShopChecklist : public ::testing::Test {
protected:
    void SetUp() override {
        shop.run(shop.set_up());
        shop.start_freshet();
        admin = shop.token("admin");
        ada = shop.token("customer", "ada");
        ben = shop.token("customer", "ben");
        sam = shop.token("staff", "sam");
    }

    static HttpHeaders as(const std::string& token) {
        return {"Authorization: Bearer " + token, "Content-Type: application/json"};
    }
    HttpAnswer ask(const std::string& method, const std::string& target, const std::string& token,
                   const std::string& body = {}) {
        return support::HttpClient(shop.freshet_port()).request(method, target, as(token), body);
    }
    HttpAnswer create(const std::string& body) { return ask("POST", items_path, ada, body); }
    HttpAnswer patch(const std::string& id, const std::string& token, const std::string& body) {
        return ask("PATCH", items_path + ("/" + id), token, body);
    }
    HttpAnswer cancel(const std::string& id, const std::string& token) {
        return ask("DELETE", items_path + ("/" + id), token);
    }

    // Of a new order of Ada's, with that body.
    std::string new_order(const std::string& body) {
        const HttpAnswer answer = create(body);
        EXPECT_EQ(answer.status, 201) << answer.body;
        return json(answer.body)["key"]["id"].text();
    }
    // Of one with a pizza, which has come to that status.
    std::string order_that_is(const std::string& status) {
        static const std::map<std::string, std::vector<std::string>> ways = {
            {waiting, {}},
            {submitted, {submitted}},
            {in_progress, {submitted, in_progress}},
            {rejected, {submitted, rejected}},
            {completed, {submitted, in_progress, completed}}};
        std::string id = new_order(pizzas({a_pizza}));
        for (const std::string& step : ways.at(status)) {
            const HttpAnswer answer = patch(id, step == submitted ? ada : sam, to(step));
            EXPECT_EQ(answer.status, 200) << answer.body;
        }
        return id;
    }

    // How many records there are.
    std::uint64_t head() {
        return std::stoull(ask("GET", "/views/open-orders", admin).header("Freshet-Position"));
    }
    JsonValue order(const std::string& id) {
        return json(ask("GET", "/views/admin-order/" + id, admin).body);
    }
    // What was told of it until now, by the types of the events.
    std::vector<std::string> events_of(const std::string& id) {
        const std::string last = new_order(no_pizzas);
        support::EventReader reader(shop.freshet_port(), "/events?last_event_id=earliest",
                                    as(admin));
        std::vector<std::string> told;
        while (true) {
            const support::Frame frame = reader.next_event();
            const std::string of = json(frame.data)["id"].text();
            if (of == last) return told;
            if (of == id) told.push_back(frame.event);
        }
    }

    // The pointers of a 422, after which nothing is there.
    std::vector<std::string> faults_of(const std::string& body) {
        const std::uint64_t before = head();
        const HttpAnswer answer = create(body);
        EXPECT_EQ(answer.status, 422) << body << "\n" << answer.body;
        EXPECT_EQ(head(), before) << body;
        std::vector<std::string> pointers;
        const JsonValue problem = json(answer.body);
        for (const JsonValue& fault : problem["errors"].elements()) {
            pointers.push_back(fault["pointer"].text());
        }
        return pointers;
    }

    ShopPages shop;
    std::string admin;
    std::string ada;
    std::string ben;
    std::string sam;
};

// ---- E22: making one ----

TEST_F(ShopChecklist, E22_AnOrderIsMadeWithAnIdAndMayBeEmpty) {
    const HttpAnswer answer = create(no_pizzas);

    ASSERT_EQ(answer.status, 201) << answer.body;
    const std::string id = json(answer.body)["key"]["id"].text();
    EXPECT_EQ(answer.header("Location"), items_path + ("/" + id));
    const JsonValue made = order(id);
    EXPECT_EQ(made["status"].text(), waiting);
    EXPECT_EQ(made["creator"].text(), "ada");
    EXPECT_EQ(made["numItems"].text(), "0");
}

TEST_F(ShopChecklist, E22_AnOrderHasWhatIsOnTheMenuAndAtMostSixPizzas) {
    const std::vector<std::string> six(6, a_pizza);
    const std::vector<std::string> seven(7, a_pizza);
    const std::string both = R"({"size":"x-large","crust":"deep dish","sauce":"bbq",)"
                             R"("toppings":["anchovies","pineapple"]})";
    EXPECT_EQ(order(new_order(pizzas(six)))["numItems"].text(), "6");
    EXPECT_EQ(order(new_order(pizzas({both})))["items"][0], json(both));

    EXPECT_EQ(faults_of(pizzas(seven)), std::vector<std::string>{"/items"});
    EXPECT_EQ(faults_of("{}"), std::vector<std::string>{"/items"});
    EXPECT_EQ(faults_of(pizzas({R"({"size":"huge","crust":"thin","sauce":"pesto"})"})),
              std::vector<std::string>{"/items/0/size"});
    EXPECT_EQ(faults_of(pizzas({a_pizza, R"({"size":"small","crust":"thick","sauce":"pesto"})"})),
              std::vector<std::string>{"/items/1/crust"});
    EXPECT_EQ(faults_of(pizzas({R"({"size":"small","crust":"thin","toppings":["cheese","tar"]})"})),
              (std::vector<std::string>{"/items/0/sauce", "/items/0/toppings/1"}));
}

TEST_F(ShopChecklist, E22_WhatAnOrderAndAPizzaHaveNoPlaceForIsRefused) {
    const std::string priced = R"({"size":"small","crust":"thin","sauce":"bbq","price":0})";
    const std::string misspelled =
        R"({"size":"small","crust":"thin","sauce":"bbq","topings":["cheese"]})";
    EXPECT_EQ(faults_of(R"({"items":[],"note":"ring twice"})"), std::vector<std::string>{"/note"});
    EXPECT_EQ(faults_of(pizzas({a_pizza, priced})), std::vector<std::string>{"/items/1/price"});
    EXPECT_EQ(faults_of(pizzas({misspelled})), std::vector<std::string>{"/items/0/topings"});

    const auto detail_of = [&](const std::string& body) {
        return json(create(body).body)["errors"][0]["detail"].text();
    };
    EXPECT_EQ(detail_of(pizzas({priced})),
              R"(is not known here, expected "crust", "sauce", "size" or "toppings")");
    EXPECT_EQ(detail_of(pizzas({misspelled})),
              R"(is not known here, expected "crust", "sauce", "size" or "toppings": )"
              R"(did you mean "toppings"?)");
}

TEST_F(ShopChecklist, E22_APizzaHasAtMostEightToppings) {
    const auto topped = [](int count) {
        std::string list = R"("cheese")";
        for (int i = 1; i < count; ++i) list += R"(,"onions")";
        return pizzas(
            {R"({"size":"small","crust":"thin","sauce":"bbq","toppings":[)" + list + "]}"});
    };
    EXPECT_EQ(create(topped(8)).status, 201);
    EXPECT_EQ(faults_of(topped(9)), std::vector<std::string>{"/items/0/toppings"});
}

TEST_F(ShopChecklist, E22_AnOrderIsSomebodysSoAnAdminWithoutANameMakesNone) {
    const std::uint64_t before = head();

    const HttpAnswer answer = ask("PUT", std::string(items_path) + "/a1f0", admin, no_pizzas);

    EXPECT_EQ(answer.status, 422) << answer.body;
    EXPECT_EQ(json(answer.body)["errors"][0]["pointer"].text(), "/creator");
    EXPECT_EQ(head(), before);
}

TEST_F(ShopChecklist, E22_WhatTheServerMakesIsNotTheClientsToSay) {
    EXPECT_EQ(faults_of(R"({"items":[],"creator":"ben"})"), std::vector<std::string>{"/creator"});
    EXPECT_EQ(faults_of(R"({"items":[],"numItems":3})"), std::vector<std::string>{"/numItems"});
    EXPECT_EQ(create(R"({"items":[],"status":"COMPLETED"})").status, 409);
}

// ---- E23: choosing ----

TEST_F(ShopChecklist, E23_OnlyItsCreatorChangesItsPizzasAndOnlyUntilItIsStarted) {
    for (const std::string status : all_statuses) {
        const bool is_open = status == waiting || status == submitted;
        const std::string id = order_that_is(status);
        const std::string two = pizzas({a_pizza, a_pizza});
        const std::uint64_t before = head();

        EXPECT_EQ(patch(id, ben, two).status, 403) << status;
        EXPECT_EQ(patch(id, sam, two).status, is_open ? 403 : 409) << status;
        EXPECT_EQ(head(), before) << status;
        EXPECT_EQ(patch(id, ada, two).status, is_open ? 200 : 409) << status;

        EXPECT_EQ(head(), is_open ? before + 1 : before) << status;
        EXPECT_EQ(order(id)["numItems"].text(), is_open ? "2" : "1") << status;
        EXPECT_EQ(order(id)["status"].text(), status);
    }
    EXPECT_EQ(patch("none", ada, no_pizzas).status, 404);
}

TEST_F(ShopChecklist, E23_NobodyAddsToAnOrderWhatItHasNoPlaceFor) {
    const std::string priced =
        pizzas({R"({"size":"small","crust":"thin","sauce":"bbq","price":0})"});
    for (const std::string status : all_statuses) {
        const std::string id = order_that_is(status);
        const JsonValue shown = order(id);
        const std::uint64_t before = head();
        const auto pointer_of = [&](const std::string& token, const std::string& body) {
            const HttpAnswer answer = patch(id, token, body);
            EXPECT_EQ(answer.status, 422) << status << answer.body;
            return json(answer.body)["errors"][0]["pointer"].text();
        };

        for (const std::string& token : {ada, sam, admin}) {
            EXPECT_EQ(pointer_of(token, R"({"note":"ring twice"})"), "/note") << status;
            EXPECT_EQ(pointer_of(token, priced), "/items/0/price") << status;
        }
        EXPECT_EQ(patch(id, ben, R"({"note":"ring twice"})").status, 403) << status;

        EXPECT_EQ(head(), before) << status;
        EXPECT_EQ(order(id), shown) << status;
    }
}

TEST_F(ShopChecklist, E23_AnOrderWithoutPizzasIsNotSubmitted) {
    const std::string id = new_order(no_pizzas);
    const std::uint64_t before = head();

    const HttpAnswer answer = patch(id, ada, to(submitted));

    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(json(answer.body)["current"].text(), waiting);
    EXPECT_EQ(head(), before);
    EXPECT_EQ(order(id)["status"].text(), waiting);
}

TEST_F(ShopChecklist, E23_AnOrderThatWasStartedOrHasEndedIsNotSubmitted) {
    for (const char* status : {in_progress, rejected, completed}) {
        const std::string id = order_that_is(status);

        const HttpAnswer answer = patch(id, ada, to(submitted));

        EXPECT_EQ(answer.status, 409) << status;
        EXPECT_EQ(json(answer.body)["current"].text(), status);
        EXPECT_EQ(order(id)["status"].text(), status);
    }
}

// ---- E24: its life ----

// What each of the two is answered who takes this step, and whether that makes a record.
struct Step {
    const char* from;
    const char* to;
    int customer;
    int staff;
    bool is_recorded;
};

constexpr std::array steps = std::to_array<Step>({
    {waiting, submitted, 200, 403, true},      {waiting, in_progress, 409, 409, false},
    {waiting, rejected, 409, 409, false},      {waiting, completed, 409, 409, false},

    {submitted, submitted, 200, 403, true},    {submitted, in_progress, 403, 200, true},
    {submitted, rejected, 403, 200, true},     {submitted, completed, 409, 409, false},

    {in_progress, submitted, 409, 409, false}, {in_progress, in_progress, 403, 200, false},
    {in_progress, rejected, 403, 200, true},   {in_progress, completed, 403, 200, true},

    {rejected, submitted, 409, 409, false},    {rejected, in_progress, 409, 409, false},
    {rejected, rejected, 403, 200, false},     {rejected, completed, 409, 409, false},

    {completed, submitted, 409, 409, false},   {completed, in_progress, 409, 409, false},
    {completed, rejected, 409, 409, false},    {completed, completed, 403, 200, false},
});

TEST_F(ShopChecklist, E24_EachStepIsTakenByWhomItIsForAndNoOtherIs) {
    for (const Step& step : steps) {
        for (const bool is_customer : {true, false}) {
            const std::string id = order_that_is(step.from);
            const std::uint64_t before = head();
            const int expected = is_customer ? step.customer : step.staff;
            const std::string what = std::string(step.from) + " to " + step.to +
                                     (is_customer ? " by its customer" : " by the staff");

            const HttpAnswer answer = patch(id, is_customer ? ada : sam, to(step.to));

            EXPECT_EQ(answer.status, expected) << what << answer.body;
            const bool is_taken = expected == 200;
            EXPECT_EQ(head() - before, is_taken && step.is_recorded ? 1U : 0U) << what;
            EXPECT_EQ(order(id)["status"].text(), is_taken ? step.to : step.from) << what;
            if (expected != 409) continue;
            EXPECT_EQ(json(answer.body)["field"].text(), "status") << what;
            EXPECT_EQ(json(answer.body)["current"].text(), step.from) << what;
        }
    }
}

TEST_F(ShopChecklist, E24_NobodyReturnsAnOrderToItsCustomerAndNobodyElseTouchesIt) {
    for (const std::string from : all_statuses) {
        const std::string id = order_that_is(from);
        const std::uint64_t before = head();

        EXPECT_EQ(patch(id, ada, to(waiting)).status, 409) << from;
        EXPECT_EQ(patch(id, sam, to(waiting)).status, 409) << from;
        for (const std::string other : all_statuses) {
            EXPECT_EQ(patch(id, ben, to(other)).status, 403) << from << " to " << other;
        }

        EXPECT_EQ(head(), before) << from;
    }
}

TEST_F(ShopChecklist, E24_OfStepsThatRaceOneIsTakenAndTheOthersAreTold) {
    for (int round = 0; round < 10; ++round) {
        const std::string id = order_that_is(in_progress);
        const std::uint64_t before = head();
        std::map<std::string, std::vector<int>> answers;  // by where the step leads
        std::mutex mutex;
        std::vector<std::thread> threads;
        for (int i = 0; i < racers; ++i) {
            threads.emplace_back([&, i] {
                const char* where = i % 2 == 0 ? completed : rejected;
                const int status = patch(id, sam, to(where)).status;
                const std::lock_guard lock(mutex);
                answers[where].push_back(status);
            });
        }
        for (std::thread& thread : threads) thread.join();

        // Those who meant the same may say it again.
        const std::string winner = order(id)["status"].text();
        const std::string loser = winner == completed ? rejected : completed;
        EXPECT_EQ(answers[winner], std::vector<int>(racers / 2, 200));
        EXPECT_EQ(answers[loser], std::vector<int>(racers / 2, 409));
        EXPECT_EQ(head(), before + 1);
    }
}

// ---- E25 and E26: what is told, and when it was ----

TEST_F(ShopChecklist, E25_TheSameStatusAgainChangesNothingAndTellsNobody) {
    for (const char* status : {in_progress, rejected, completed}) {
        const std::string id = order_that_is(status);
        const JsonValue before = order(id);
        const std::vector<std::string> told = events_of(id);
        await_next_millisecond();

        const HttpAnswer answer = patch(id, sam, to(status));

        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(json(answer.body)["status"].text(), "unchanged");
        EXPECT_EQ(order(id), before);
        EXPECT_EQ(events_of(id), told);
    }
}

TEST_F(ShopChecklist, E25_ACustomerWhoSubmitsAgainRenewsTheTimeAndTheStaffHearIt) {
    const std::string id = order_that_is(submitted);
    const JsonValue before = order(id);
    await_next_millisecond();

    EXPECT_EQ(patch(id, ada, to(submitted)).status, 200);

    EXPECT_GT(order(id)["lastUpdated"].text(), before["lastUpdated"].text());
    EXPECT_EQ(order(id).without({"lastUpdated"}), before.without({"lastUpdated"}));
    EXPECT_EQ(events_of(id),
              (std::vector<std::string>{"new-order", "order-status-updated", "order-updated"}));
}

TEST_F(ShopChecklist, E26_EachAcceptedChangeSetsTheTimeOfTheLastUpdate) {
    const std::string id = new_order(no_pizzas);
    const std::string created = order(id)["createdAt"].text();
    std::string last = order(id)["lastUpdated"].text();
    EXPECT_EQ(last, created);

    const std::vector<std::pair<std::string, std::string>> changes = {
        {ada, pizzas({a_pizza})}, {ada, to(submitted)},   {ada, pizzas({a_pizza, a_pizza})},
        {ada, to(submitted)},     {sam, to(in_progress)}, {sam, to(completed)}};
    for (const auto& [who, body] : changes) {
        await_next_millisecond();
        EXPECT_EQ(patch(id, who, body).status, 200) << body;

        const JsonValue now = order(id);
        EXPECT_GT(now["lastUpdated"].text(), last) << body;
        EXPECT_EQ(now["createdAt"].text(), created) << body;
        last = now["lastUpdated"].text();
    }

    await_next_millisecond();
    EXPECT_EQ(patch(id, ada, pizzas({a_pizza})).status, 409);
    EXPECT_EQ(order(id)["lastUpdated"].text(), last) << "it was not accepted";
}

// ---- E27: canceling ----

TEST_F(ShopChecklist, E27_ItsCreatorCancelsAnOrderUntilItIsStartedAndAllAreTold) {
    for (const std::string status : all_statuses) {
        const bool is_open = status == waiting || status == submitted;
        const std::string id = order_that_is(status);

        EXPECT_EQ(cancel(id, ben).status, 403) << status;
        EXPECT_EQ(cancel(id, sam).status, is_open ? 403 : 409) << status;
        EXPECT_EQ(ask("GET", "/views/order/" + id, ada).status, 200) << status;
        EXPECT_EQ(cancel(id, ada).status, is_open ? 204 : 409) << status;

        EXPECT_EQ(ask("GET", "/views/order/" + id, ada).status, is_open ? 404 : 200) << status;
        const std::vector<std::string> told = events_of(id);
        EXPECT_EQ(std::count(told.begin(), told.end(), "order-canceled"), is_open ? 1 : 0)
            << status;
    }
}

}  // namespace
}  // namespace freshet::systems
