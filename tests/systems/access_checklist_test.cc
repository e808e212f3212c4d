// The lines of tests/checklist.md about who may, by their numbers, on the configuration of
// examples/pizza with credentials.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "http/credentials/token.h"
#include "http/credentials/token_vendor.h"
#include "tests/readers/event_reader.h"
#include "tests/support/must.h"
#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/orders_checklist.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using support::EventReader;
using support::must;

constexpr const char* secret = "a secret that both sides have had for long";
constexpr const char* secret_name = "FRESHET_TEST_SHOP_SECRET";

// The shop as it is in the example, with who may what, and a page of its own.
std::string guarded_shop() {
    std::ifstream file(support::source_folder() + "/examples/pizza/freshet.toml");
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    text = with(text, "127.0.0.1:8080\"", "127.0.0.1:0\"\norigins = [\"https://shop.example\"]");
    return "auth.keys = [{ id = 'k', algorithm = 'HS256', env = '" + std::string(secret_name) +
           "' }]\nauth.sign_with = 'k'\nauth.query_token = true\n" + text;
}

std::int64_t wall_clock_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::floor<seconds>(now).count();
}

class AccessChecklist : public ::testing::Test {
protected:
    AccessChecklist() { setenv(secret_name, secret, 1); }
    void SetUp() override { ASSERT_TRUE(system.start()); }

    // `claims` but for `exp`, which is soon enough for a token in the query.
    static std::string token(const std::string& claims, seconds life = seconds(1'800),
                             const char* key = secret) {
        return must(http::make_token(
            must(http::TokenKey::hmac("k", key)),
            "{" + claims + R"(,"exp":)" + std::to_string(wall_clock_now() + life.count()) + "}"));
    }
    static std::string customer(const std::string& name) {
        return token(R"("sub":")" + name + R"(","role":"customer")");
    }
    static std::string staff() { return token(R"("sub":"desk","role":"admin")"); }
    static HttpHeaders as(const std::string& credential) {
        return {"Authorization: Bearer " + credential};
    }

    int status(const std::string& target, const std::string& credential) {
        return system.get(target, as(credential)).status;
    }
    void append(const RecordText& record) {
        const HttpAnswer answer = system.post(record.text(), "/records", as(staff()));
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    void insert(const std::string& id, const Order& order) {
        append(inserted(id, ++sequence, order.attributes()));
    }
    void modify(const std::string& id, const Order& order) {
        append(modified(id, ++sequence, order.attributes()));
    }
    EventReader watch(const std::string& credential) {
        return {system.process().port(), "/events?last_event_id=earliest", as(credential)};
    }
    JsonValue vended(const std::string& body, const std::string& credential) {
        const HttpAnswer answer = post_tokens(body, credential);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json(answer.body);
    }
    HttpAnswer post_tokens(const std::string& body, const std::string& credential) {
        return system.post(body, "/tokens", as(credential));
    }

    std::uint64_t sequence = 0;
    System system{guarded_shop()};
};

TEST_F(AccessChecklist, E15_CustomersReadTheirOwnOrdersOnly) {
    insert("a", {.creator = "ada"});
    insert("b", {.creator = "bob"});

    const std::string ada = customer("ada");

    EXPECT_EQ(status("/views/order/a", ada), 200);
    EXPECT_EQ(status("/views/order/b", ada), 403);
    EXPECT_EQ(status("/views/order/c", ada), 404);
    EXPECT_EQ(status("/views/my-orders/bob", ada), 403);
    EXPECT_EQ(status("/tables/orders/items/a", ada), 403);
    EXPECT_EQ(status("/tables/orders/items/a/history", ada), 403);
    EXPECT_EQ(status("/records", ada), 403);
    for (const std::string own : {"/views/my-orders/ada", "/views/my-orders?me=1"}) {
        const JsonValue page = json(system.get(own, as(ada)).body);
        ASSERT_EQ(page["items"].size(), 1U) << own;
        EXPECT_EQ(page["items"][0]["id"].text(), "a");
    }
}

TEST_F(AccessChecklist, E16_StaffReadAllAndCustomersNoneOfTheirViews) {
    insert("a", {.creator = "ada"});

    for (const std::string target :
         {"/views/order/a", "/views/admin-order/a", "/views/my-orders/ada", "/views/all-orders",
          "/tables/orders/items/a", "/records", "/status", "/metrics"}) {
        EXPECT_EQ(status(target, staff()), 200) << target;
        EXPECT_EQ(system.get(target).status, 401) << target;
    }
    for (const std::string target :
         {"/views/admin-order/a", "/views/all-orders", "/records", "/status", "/metrics"}) {
        EXPECT_EQ(status(target, customer("ada")), 403) << target;
    }
}

TEST_F(AccessChecklist, E17_AStreamCarriesWhatItsCallerMayHear) {
    insert("a", {.creator = "ada"});
    insert("b", {.creator = "bob"});
    modify("a", {.creator = "ada", .status = "SUBMITTED"});
    modify("b", {.creator = "bob", .status = "SUBMITTED"});
    modify("a", {.creator = "ada", .status = "SUBMITTED", .pizzas = 2});
    append(removed("b", ++sequence));
    modify("a", {.creator = "ada", .status = "COMPLETED", .pizzas = 2});

    EventReader ada = watch(customer("ada"));
    EventReader desk = watch(staff());

    for (const char* const change : {R"("status":"SUBMITTED","was":"WAITING ON CUSTOMER")",
                                     R"("status":"COMPLETED","was":"SUBMITTED")"}) {
        const auto event = ada.next_event();
        EXPECT_EQ(event.event, "order-status-updated");
        EXPECT_EQ(event.data, R"({"id":"a",)" + std::string(change) + "}");
    }
    std::vector<std::string> types;
    for (const auto& event : desk.next_events(7)) types.push_back(event.event);
    EXPECT_EQ(types, (std::vector<std::string>{"new-order", "new-order", "order-status-updated",
                                               "order-status-updated", "order-updated",
                                               "order-canceled", "order-status-updated"}));
}

TEST_F(AccessChecklist, E18_ATokenForAnHourIsGivenAgain) {
    const std::string wish = R"({"sub":"ada","role":"customer","grants":["watch"]})";
    const std::int64_t before = wall_clock_now();

    const JsonValue first = vended(wish, token(R"("role":"admin")", seconds(7'200)));
    const JsonValue second = vended(wish, token(R"("role":"admin","jti":"2")", seconds(7'300)));

    EXPECT_EQ(first.size(), 2U);
    EXPECT_EQ(second["token"].text(), first["token"].text());
    EXPECT_EQ(second["exp"].text(), first["exp"].text());
    const std::int64_t expires = std::stoll(first["exp"].text());
    EXPECT_GE(expires, before + 3'600);
    EXPECT_LE(expires, wall_clock_now() + 3'600);
    EXPECT_EQ(watch(first["token"].text()).status(), 200);
}

TEST_F(AccessChecklist, E18_AfterFiftyFiveMinutesTheTokenIsANewOne) {
    http::TokenVendor vendor(must(http::TokenKey::hmac("k", secret)));
    const http::Identity maker{.caller = engine::everybody(), .expires = {}};
    const engine::Caller wish{.subject = "ada", .roles = {"customer"}, .claims = {}, .grants = {}};
    const sys_seconds noon{seconds{1'800'000'000}};
    const auto token_at = [&](seconds later) {
        return must(vendor.vend(maker, wish, seconds(3'600), noon + later)).token;
    };

    const std::string first = token_at(seconds(0));

    EXPECT_EQ(token_at(seconds(3'299)), first);
    EXPECT_NE(token_at(seconds(3'300)), first);
}

TEST_F(AccessChecklist, E19_AVendedTokenIsGoodForWhatItSaysOnly) {
    insert("a", {.creator = "ada"});
    const std::string narrow =
        vended(R"({"sub":"ada","role":"customer","grants":["watch:order-status-updated"]})",
               staff())["token"]
            .text();

    EXPECT_EQ(watch(narrow).status(), 200);
    EXPECT_EQ(status("/views/order/a", narrow), 403);
    EXPECT_EQ(status("/views/my-orders?me=1", narrow), 403);
    EXPECT_EQ(system.post(removed("a", 99).text(), "/records", as(narrow)).status, 403);
    EXPECT_EQ(post_tokens(R"({"ttl_s":60})", narrow).status, 403);
    const std::string forged =
        token(R"("sub":"ada","role":"admin")", seconds(60), "another secret that is long enough");
    for (const std::string& bad : {narrow + "A", token(R"("sub":"ada")", seconds(-60)), forged}) {
        EXPECT_EQ(status("/views/order/a", bad), 401);
        EXPECT_EQ(watch(bad).status(), 401);
        EXPECT_EQ(system.post(removed("a", 99).text(), "/records", as(bad)).status, 401);
    }
}

TEST_F(AccessChecklist, E30_ABrowsersPageMayAskAndWatch) {
    insert("a", {.creator = "ada"});
    modify("a", {.creator = "ada", .status = "SUBMITTED"});
    const std::string page = "Origin: https://shop.example";
    support::HttpClient browser(system.process().port());

    const HttpAnswer preflight = browser.request("OPTIONS", "/views/order/a",
                                                 {page, "Access-Control-Request-Method: GET",
                                                  "Access-Control-Request-Headers: authorization"});
    const HttpAnswer read =
        browser.get("/views/order/a", {page, "Authorization: Bearer " + customer("ada")});
    const HttpAnswer foreign =
        browser.get("/views/order/a",
                    {"Origin: https://evil.example", "Authorization: Bearer " + customer("ada")});
    const std::string target = "/events?last_event_id=earliest&token=" + customer("ada");
    EventReader stream(system.process().port(), target, {page});

    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(preflight.header("access-control-allow-origin"), "https://shop.example");
    EXPECT_TRUE(contains(preflight.header("access-control-allow-headers"), "Authorization"));
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.header("access-control-allow-origin"), "https://shop.example");
    EXPECT_TRUE(contains(read.header("access-control-expose-headers"), "ETag"));
    EXPECT_EQ(foreign.header("access-control-allow-origin"), "");
    EXPECT_EQ(stream.status(), 200);
    EXPECT_EQ(stream.header("access-control-allow-origin"), "https://shop.example");
    EXPECT_EQ(stream.header("content-type"), "text/event-stream");
    EXPECT_EQ(stream.next_event().event, "order-status-updated");
}

}  // namespace
}  // namespace freshet::systems
