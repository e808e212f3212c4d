// The shop from end to end: its README, its sign-in service, its guests, and what browsers show
// while people press its buttons, the server is restarted and killed under them, and their tokens
// end.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/shop_pages.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

constexpr int long_token_life_s = 60;
// A page renews its token when half of it is over, and not more than once in five seconds.
constexpr int short_token_life_s = 12;
constexpr int guests_orders = 60;
// Reached only by what hangs.
constexpr std::chrono::seconds patience{20};

class ShopTest : public ::testing::Test {
protected:
    void SetUp() override {
        shop.run(shop.set_up());
        shop.start_freshet();
    }

    HttpAnswer ask_sign_in(const std::string& path, const std::string& body,
                           HttpHeaders headers = {}) {
        headers.emplace_back("Content-Type: application/json");
        return support::HttpClient(shop.sign_in_port()).request("POST", path, headers, body);
    }

    // The cookie of somebody who has just signed in.
    HttpHeaders cookie_of(const std::string& name, const std::string& password) {
        const HttpAnswer answer = ask_sign_in(
            "/sign-in", R"({"name":")" + name + R"(","password":")" + password + R"("})");
        EXPECT_EQ(answer.status, 200) << answer.body;
        const std::string cookie = answer.header("set-cookie");
        return {"Cookie: " + cookie.substr(0, cookie.find(';'))};
    }

    HttpAnswer get(const std::string& target, const std::string& token) {
        return support::HttpClient(shop.freshet_port())
            .get(target, {"Authorization: Bearer " + token});
    }
    int status_of(const std::string& target, const std::string& token) {
        return get(target, token).status;
    }

    ShopPages shop;
};

TEST_F(ShopTest, DoesWhatItsReadmeShows) {
    ASSERT_GE(shop.set_up().size(), 2U);
    ASSERT_GE(shop.look_around().size(), 5U);
    shop.start_sign_in(long_token_life_s);

    shop.run(shop.look_around());
}

// ---- the sign-in service ----

TEST_F(ShopTest, ATokenAllowsWhatItsRoleNeeds) {
    shop.start_sign_in(long_token_life_s);
    const HttpHeaders ada = cookie_of("ada", "pesto");
    const HttpHeaders sam = cookie_of("sam", "oven");

    const JsonValue customer = json(ask_sign_in("/tokens", R"({"role":"customer"})", ada).body);
    const JsonValue staff = json(ask_sign_in("/tokens", R"({"role":"staff"})", sam).body);

    EXPECT_EQ(customer["name"].text(), "ada");
    EXPECT_EQ(status_of("/views/my-orders?me=1", customer["token"].text()), 200);
    EXPECT_EQ(status_of("/views/my-orders/ben", customer["token"].text()), 403);
    EXPECT_EQ(status_of("/views/open-orders", customer["token"].text()), 403);
    EXPECT_EQ(status_of("/tables/orders", customer["token"].text()), 200) << "it has the menu";
    EXPECT_EQ(status_of("/views/open-orders", staff["token"].text()), 200);
    EXPECT_EQ(status_of("/records", staff["token"].text()), 403);
    EXPECT_EQ(ask_sign_in("/tokens", R"({"role":"staff"})", ada).status, 401);
}

TEST_F(ShopTest, NoTokenIsGivenAfterTheSignOutOrForAWrongPassword) {
    shop.start_sign_in(long_token_life_s);
    const HttpHeaders ada = cookie_of("ada", "pesto");

    EXPECT_EQ(ask_sign_in("/sign-out", R"({"role":"customer"})", ada).status, 204);

    EXPECT_EQ(ask_sign_in("/tokens", R"({"role":"customer"})", ada).status, 401);
    for (const char* wrong : {R"({"name":"ada","password":"oven"})", R"({"name":"ada"})",
                              R"({"name":"eve","password":"pesto"})", "{}", "null"}) {
        const HttpAnswer answer = ask_sign_in("/sign-in", wrong);
        EXPECT_EQ(answer.status, 401) << wrong;
        EXPECT_EQ(json(answer.body)["error"].text(), "wrong name or password") << wrong;
        EXPECT_EQ(answer.header("set-cookie"), "") << wrong;
    }
    EXPECT_EQ(ask_sign_in("/sign-in", "name=ada").status, 400);
    EXPECT_EQ(ask_sign_in("/sign-in", std::string(2'000, 'x')).status, 413);
    EXPECT_EQ(ask_sign_in("/tokens", R"({"role":"admin"})", ada).status, 400);
}

TEST_F(ShopTest, PagesOfOtherOriginsAreRefusedBySignIn) {
    shop.start_sign_in(long_token_life_s);
    const HttpHeaders ada = cookie_of("ada", "pesto");
    const auto ask_from = [&](const std::string& origin) {
        return ask_sign_in("/tokens", R"({"role":"customer"})", {ada.front(), "Origin: " + origin});
    };
    const std::string own = shop.url().substr(0, shop.url().size() - 1);

    EXPECT_EQ(ask_from(own).status, 200);
    EXPECT_EQ(ask_from(own).header("access-control-allow-origin"), own);
    for (const std::string other : {"https://shop.example", "http://127.0.0.1", "null"}) {
        EXPECT_EQ(ask_from(other).status, 403) << other;
        EXPECT_EQ(ask_from(other).header("access-control-allow-origin"), "") << other;
    }
}

TEST_F(ShopTest, SignInSaysThatFreshetIsAway) {
    shop.start_sign_in(long_token_life_s);
    const HttpHeaders ada = cookie_of("ada", "pesto");
    shop.kill_freshet();

    const HttpAnswer answer = ask_sign_in("/tokens", R"({"role":"customer"})", ada);

    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(json(answer.body)["error"].text(), "no answer from Freshet: ECONNREFUSED");
}

// ---- the guests ----

TEST_F(ShopTest, ItsGuestsMakeEachOrderOnceThoughTheServerIsKilled) {
    shop.start_sign_in(long_token_life_s);
    const std::string admin = shop.token("admin");
    support::ChildProcess guests = shop.guests(guests_orders);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (json(get("/views/finished-orders", admin).body)["items"].size() == 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << guests.wait().errors;
        std::this_thread::yield();
    }

    shop.kill_freshet();
    shop.start_freshet();

    const ProcessEnd end = guests.wait();
    ASSERT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(json(get("/views/open-orders", admin).body)["items"].size(), 0U);
    const JsonValue log = json(get("/records?limit=1000", admin).body);
    const auto& records = log["Records"].elements();
    EXPECT_EQ(std::count_if(
                  records.begin(), records.end(),
                  [](const JsonValue& record) { return record["eventName"].text() == "INSERT"; }),
              guests_orders);
}

TEST_F(ShopTest, ItsGuestsEndWhatAnEarlierRunHasLeftAndLeaveOtherOrdersAlone) {
    shop.start_sign_in(long_token_life_s);
    const HttpHeaders ada = {"Authorization: Bearer " + shop.token("customer", "ada"),
                             "Content-Type: application/json"};
    for (const std::string id : {"guest-1", "guest-2", "mine"}) {
        const HttpAnswer answer =
            support::HttpClient(shop.freshet_port())
                .request("PUT", "/tables/orders/items/" + id, ada, R"({"items":[]})");
        ASSERT_EQ(answer.status, 201) << answer.body;
    }

    const ProcessEnd end = shop.guests(1).wait();

    ASSERT_EQ(end.exit_code, 0) << end.errors;
    const JsonValue open = json(get("/views/open-orders", shop.token("admin")).body);
    ASSERT_EQ(open["items"].size(), 1U);
    EXPECT_EQ(open["items"][0]["id"].text(), "mine");
}

// ---- in browsers ----

std::vector<std::string> texts_in(const JsonValue& list) {
    std::vector<std::string> texts;
    for (const JsonValue& element : list.elements()) texts.push_back(element.text());
    return texts;
}

// `node tests/browser/shop.mjs`, with what it needs.
support::ChildProcess browsers_at(const ShopPages& shop, const std::string& scenario) {
    return support::ChildProcess({"/usr/bin/env", "FRESHET_TOKEN=" + shop.token("admin"), "node",
                                  support::source_folder() + "/tests/browser/shop.mjs", shop.url(),
                                  scenario});
}

std::string what_they_said(const ProcessEnd& end) {
    return end.errors + end.output + "\ntools/setup test installs what the browsers need";
}

TEST_F(ShopTest, ItsButtonsDoWhatTheySayAndWhoComesLateIsTold) {
    shop.start_sign_in(long_token_life_s);
    support::ChildProcess browsers = browsers_at(shop, "buttons");

    // What the pages say to whom is checked by the browsers' program itself.
    const ProcessEnd end = browsers.wait();

    ASSERT_EQ(end.exit_code, 0) << what_they_said(end);
    const JsonValue seen = json(end.output);
    EXPECT_EQ(texts_in(seen["faults"]), std::vector<std::string>{});
    EXPECT_EQ(seen["statuses"].size(), 6U);
    for (const char* visitor : {"ada", "sam"}) {
        EXPECT_EQ(seen[visitor]["statuses"], seen["statuses"]) << "each step, on each page";
    }
    EXPECT_EQ(texts_in(seen["sam"]["news"]), texts_in(seen["changes"]));
}

TEST_F(ShopTest, ItsPagesShowEachStepThroughARestartAndAKill) {
    shop.start_sign_in(long_token_life_s);
    support::ChildProcess browsers = browsers_at(shop, "outages");

    ASSERT_TRUE(browsers.await_error_line("[stop the server]").has_value())
        << what_they_said(browsers.wait());
    shop.stop_freshet();
    shop.start_freshet();
    ASSERT_TRUE(browsers.await_error_line("[kill the server]").has_value())
        << what_they_said(browsers.wait());
    shop.kill_freshet();
    shop.start_freshet();

    // That each page showed each list as GET did is checked by the browsers' program itself.
    const ProcessEnd end = browsers.wait();
    ASSERT_EQ(end.exit_code, 0) << what_they_said(end);
    const JsonValue seen = json(end.output);
    EXPECT_EQ(texts_in(seen["faults"]), std::vector<std::string>{});
    // Each event once and in order, also those of the outages.
    EXPECT_EQ(texts_in(seen["sam"]["news"]), texts_in(seen["changes"]));
    EXPECT_EQ(seen["sam"]["ids"].text(), std::to_string(seen["changes"].size()));
    // Each status of the orders that changed no more than once in an outage.
    for (const char* order : {"a1", "a4"}) {
        EXPECT_EQ(seen["ada"]["statuses"][order], seen["statuses"][order]) << order;
    }
    for (const char* order : {"a1", "a4", "b1"}) {
        EXPECT_EQ(seen["sam"]["statuses"][order], seen["statuses"][order]) << order;
    }
    EXPECT_FALSE(seen["ada"]["statuses"]["b1"].exists()) << "it is Ben's";
    for (const char* visitor : {"ada", "sam"}) {
        const std::vector<std::string> states = texts_in(seen[visitor]["states"]);
        EXPECT_EQ(std::count(states.begin(), states.end(), "live"), 3) << end.output;
        EXPECT_GE(std::count(states.begin(), states.end(), "reconnecting"), 2) << end.output;
    }
}

TEST_F(ShopTest, ItsPagesOutliveTheirTokensAndSignOutTogether) {
    shop.start_sign_in(short_token_life_s);
    support::ChildProcess browsers = browsers_at(shop, "tokens");

    const ProcessEnd end = browsers.wait();

    ASSERT_EQ(end.exit_code, 0) << what_they_said(end);
    const JsonValue seen = json(end.output);
    EXPECT_EQ(texts_in(seen["faults"]), std::vector<std::string>{});
    EXPECT_GE(std::stod(seen["lived"].text()), 1.5 * short_token_life_s) << end.output;
    for (const char* visitor : {"ada", "sam"}) {
        EXPECT_GE(std::stoi(seen[visitor]["tokens"].text()), 4) << end.output;
        EXPECT_EQ(texts_in(seen[visitor]["states"]),
                  (std::vector<std::string>{"connecting", "live"}))
            << "no token's end is to be seen";
    }
}

}  // namespace
}  // namespace freshet::systems
