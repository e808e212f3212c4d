// What browsers get: answers to pages of other origins, a cookie for EventSource, a token in the
// query where the configuration allows it; and what another site's page cannot make them do.

#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/credentials/cookie.h"
#include "http/credentials/token.h"
#include "http/routes/endpoints.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::must;
using Headers = std::vector<std::string>;

constexpr const char* secret = "a secret that both sides have had for long";
constexpr const char* secret_name = "FRESHET_TEST_BROWSER_SECRET";

constexpr const char* config_text = R"(
[server]
origins = ["https://shop.example", "http://localhost:3000"]

[auth]
keys = [{ id = "k1", algorithm = "HS256", env = "FRESHET_TEST_BROWSER_SECRET" }]
query_token = true

[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.list]]
name   = "my-orders"
by     = "creator"
fields = ["id=pk"]
access = ["owner"]

[[table.event]]
type   = "placed"
access = ["owner"]
)";

engine::Config config_of(const std::string& text) {
    setenv(secret_name, secret, 1);
    return must(engine::parse_config(text, "browser.toml"));
}

class BrowserTest : public ::testing::Test {
protected:
    [[nodiscard]] std::string token(const std::string& subject, const std::string& role) const {
        const auto expires = shop.now.time_since_epoch().count() + 600;
        return must(make_token(must(TokenKey::hmac("k1", secret)),
                               R"({"sub":")" + subject + R"(","role":")" + role + R"(","exp":)" +
                                   std::to_string(expires) + "}"));
    }
    Answer ask(const std::string& method, const std::string& target, const Headers& headers = {},
               const std::string& body = "") {
        NextStep step = shop.ask({method, target, headers, body});
        if (method == "DELETE") return shop.settle(std::move(step));
        if (auto* stream = std::get_if<StreamToFollow>(&step)) return std::move(stream->head);
        if (auto* answer = std::get_if<Answer>(&step)) return std::move(*answer);
        return Answer(200);
    }
    [[nodiscard]] std::string cookie(const std::string& role = "customer") const {
        return "Cookie: theme=dark; " + std::string(cookie_name) + "=" + token("ann", role);
    }

    RouteShop shop{config_of(config_text)};
    const std::string shop_page = "Origin: https://shop.example";
    const std::string json_type = "Content-Type: application/json";
    const std::string own = "/views/my-orders/ann";
};

TEST_F(BrowserTest, APageOfAListedOriginMayAskWhatItMaySend) {
    const Answer answer = ask("OPTIONS", own,
                              {shop_page, "Access-Control-Request-Method: GET",
                               "Access-Control-Request-Headers: authorization"});

    EXPECT_EQ(answer.status, 204);
    EXPECT_NE(answer.header("Access-Control-Allow-Methods").find("POST"), std::string::npos);
    EXPECT_NE(answer.header("Access-Control-Allow-Headers").find("Authorization"),
              std::string::npos);
    EXPECT_NE(answer.header("Access-Control-Allow-Headers").find("Last-Event-ID"),
              std::string::npos);
    EXPECT_EQ(
        ask("OPTIONS", own, {"Origin: https://evil.example", "Access-Control-Request-Method: GET"})
            .status,
        403);
}

// As the Fetch standard has a browser ask: the names in lower case, and all of them must be
// allowed. Credentials are sent along, so `*` would allow nothing.
TEST_F(BrowserTest, ClientsOfEveryKindMaySendTheirHeadersToEveryEndpoint) {
    const std::vector<Headers> sent_by_clients = {
        {"last-event-id"},                                // of fetch and of XMLHttpRequest
        {"cache-control", "last-event-id"},               // those that forbid caches
        {"cache-control", "pragma", "x-requested-with"},  // of the time before fetch
        {"accept", "authorization", "last-event-id"},     // with a token
        {"authorization", "content-type", "if-none-match", "prefer"},
        {"content-type", "idempotency-key", "if-match"}};  // those that write
    const auto names_in = [](std::string_view list) {
        std::set<std::string> names;
        while (const auto name = take_list_element(list)) {
            std::string lower(*name);
            for (char& c : lower) {
                c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            }
            names.insert(lower);
        }
        return names;
    };
    for (const std::string_view path : endpoint_paths()) {
        std::string target(path == "other" ? "/other" : path);
        std::erase_if(target, [](char c) { return c == '{' || c == '}'; });
        for (const Headers& sent : sent_by_clients) {
            std::string list;
            for (const std::string& name : sent) list += (list.empty() ? "" : ",") + name;
            const Answer answer = ask("OPTIONS", target,
                                      {shop_page, "Access-Control-Request-Method: GET",
                                       "Access-Control-Request-Headers: " + list});

            EXPECT_EQ(answer.status, 204) << target;
            const auto allowed = names_in(answer.header("Access-Control-Allow-Headers"));
            for (const std::string& name : sent) EXPECT_TRUE(allowed.contains(name)) << name;
            EXPECT_FALSE(allowed.contains("*"));
        }
    }
}

TEST_F(BrowserTest, OnlyPagesOfListedOriginsMayReadAnswers) {
    const auto allowed = [](const std::string& origin) {
        const BrowserOrigins origins({"https://shop.example"});
        Request request;
        request.headers = {{"Origin", origin}};
        Answer answer;
        origins.add_cors_headers(answer, request);
        EXPECT_EQ(answer.header("Vary"), "Origin");
        return std::string(answer.header("Access-Control-Allow-Origin"));
    };
    EXPECT_EQ(allowed("https://shop.example"), "https://shop.example");
    for (const std::string origin :
         {"https://shop.example.evil.example", "https://shop.example:444", "http://shop.example",
          "https://SHOP.example", "null", "*", "", "https://shop.example/"}) {
        EXPECT_EQ(allowed(origin), "") << origin;
    }
}

TEST_F(BrowserTest, ATokenInTheQueryIsBelievedWhereItIsAllowed) {
    const std::string query = "?token=" + token("ann", "customer");
    EXPECT_EQ(ask("GET", own + query).status, 200);
    EXPECT_EQ(ask("GET", "/events" + query).status, 200);
    EXPECT_EQ(ask("GET", "/views/my-orders/bob" + query).status, 403);
    EXPECT_EQ(ask("GET", own + query + "x").status, 401);
    EXPECT_EQ(ask("GET", own + query + "&token=x").reason, RefusalReason::malformed);
    EXPECT_EQ(ask("POST", "/records" + query).status, 401);

    const std::string text = config_text;
    const std::string flag = "query_token = true\n";
    RouteShop strict(config_of(std::string(text).erase(text.find(flag), flag.size())));
    EXPECT_EQ(std::get<Answer>(strict.ask({"GET", own + query, {}, ""})).status, 401);
}

TEST_F(BrowserTest, ATokenInTheQueryIsInNoLink) {
    const std::string admin = "Authorization: Bearer " + token("root", "admin");
    const std::string order = R"({"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":)";
    for (const std::string id : {"a", "b"}) {
        const std::string key = R"({"pk":{"S":")" + id + R"("}})";
        const std::string image = R"({"pk":{"S":")" + id + R"("},"creator":{"S":"ann"}})";
        std::string record = order;
        record.append(key).append(R"(,"NewImage":)").append(image).append("}}");
        shop.post(record, "?table=orders", {admin, json_type});
    }

    const Answer page = ask("GET", own + "?limit=1&token=" + token("ann", "customer"));

    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_NE(page.header("Link").find("cursor="), std::string::npos);
    EXPECT_EQ(page.header("Link").find("token"), std::string::npos);
}

TEST_F(BrowserTest, ATokenThatHasJustExpiredReadsAndFollowsNothing) {
    const auto expired = shop.now.time_since_epoch().count() - 10;  // clocks may differ by more
    const std::string header =
        "Authorization: Bearer " + must(make_token(must(TokenKey::hmac("k1", secret)),
                                                   R"({"sub":"ann","role":"customer","exp":)" +
                                                       std::to_string(expired) + "}"));

    const NextStep stream = shop.ask({"GET", "/events", {header}, ""});

    EXPECT_EQ(ask("GET", own, {header}).status, 200);
    ASSERT_TRUE(std::holds_alternative<Answer>(stream));
    EXPECT_EQ(std::get<Answer>(stream).status, 200);
    EXPECT_NE(std::get<Answer>(stream).body.find("retry: 5000"), std::string::npos);
    EXPECT_EQ(ask("POST", "/session", {header}).status, 401);
}

TEST_F(BrowserTest, NobodysBodyIsGatheredWhoIsNotKnown) {
    EXPECT_EQ(ask("GET", "/livez").status, 200);
    EXPECT_EQ(ask("DELETE", "/session").status, 204);
    EXPECT_EQ(ask("POST", "/livez").status, 401);
    EXPECT_EQ(ask("GET", "/livez", {"Content-Length: 5"}, "12345").status, 401);
    EXPECT_EQ(ask("DELETE", "/session", {"Transfer-Encoding: chunked"}).status, 401);
}

TEST_F(BrowserTest, ASessionIsTheTokenAsACookie) {
    const std::string shown = token("ann", "customer");

    const Answer begun = ask("POST", "/session", {"Authorization: Bearer " + shown});
    const Answer ended = ask("DELETE", "/session", {"Authorization: Bearer " + shown});

    EXPECT_EQ(begun.status, 204);
    EXPECT_EQ(
        begun.header("Set-Cookie"),
        "__Secure-freshet=" + shown + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=600");
    EXPECT_EQ(begun.header("Cache-Control"), "no-store");
    EXPECT_EQ(ended.header("Set-Cookie"),
              "__Secure-freshet=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST_F(BrowserTest, ASessionThatHasEndedIsNoCredential) {
    const std::string ended = cookie();
    const std::string other =
        "Cookie: " + std::string(cookie_name) + "=" + token("bob", "customer");
    EXPECT_EQ(ask("GET", own, {ended}).status, 200);

    // Another site's page cannot end it.
    EXPECT_EQ(ask("DELETE", "/session", {ended, "Origin: https://evil.example"}).status, 403);
    EXPECT_EQ(ask("GET", own, {ended}).status, 200);
    EXPECT_EQ(ask("DELETE", "/session", {ended, shop_page}).status, 204);

    EXPECT_EQ(ask("GET", own, {ended}).status, 401);
    EXPECT_EQ(ask("GET", "/events", {ended}).status, 401);
    EXPECT_EQ(ask("GET", "/views/my-orders/bob", {other}).status, 200);
    // Nothing is left of it but the cookie.
    EXPECT_EQ(ask("DELETE", "/session", {ended, shop_page}).status, 204);
}

TEST_F(BrowserTest, ASessionEndsAndNotTheTokenInAHeaderBesideIt) {
    const std::string header = "Authorization: Bearer " + token("bob", "customer");

    EXPECT_EQ(ask("DELETE", "/session", {cookie(), header}).status, 204);

    EXPECT_EQ(ask("GET", own, {cookie()}).status, 401);
    EXPECT_EQ(ask("GET", "/views/my-orders/bob", {header}).status, 200);
}

// As everywhere, of two cookies neither is believed; each would cost the check of a signature, and
// anybody may ask this.
TEST_F(BrowserTest, OfTwoCookiesNeitherEndsItsSession) {
    const std::string both =
        cookie() + "; " + std::string(cookie_name) + "=" + token("bob", "customer");

    EXPECT_EQ(ask("DELETE", "/session", {both, shop_page}).status, 400);

    EXPECT_EQ(ask("GET", own, {cookie()}).status, 200);
}

TEST_F(BrowserTest, ACookieIsACredential) {
    EXPECT_EQ(ask("GET", own, {cookie()}).status, 200);
    EXPECT_EQ(ask("GET", "/views/my-orders/bob", {cookie()}).status, 403);
    EXPECT_EQ(ask("GET", "/events", {cookie()}).status, 200);
    EXPECT_EQ(ask("GET", own, {cookie() + "x"}).status, 401);
    EXPECT_EQ(ask("GET", own, {cookie(), cookie()}).reason, RefusalReason::malformed);
    EXPECT_EQ(ask("GET", own, {"Cookie: freshet=" + token("ann", "customer")}).status, 401);
    EXPECT_EQ(ask("GET", "/views/my-orders/bob",
                  {cookie(), "Authorization: Bearer " + token("bob", "customer")})
                  .status,
              200);
}

TEST_F(BrowserTest, APageThatCameInTheClearIsNotThatOfAServerThatSpeaksHttps) {
    const BrowserOrigins origins(std::vector<std::string>{});
    const auto may_write = [&](const std::string& origin, bool secure) {
        Request request;
        request.method = "POST";
        request.secure = secure;
        request.headers = {{"Host", "localhost:8443"}, {"Origin", origin}};
        return !origins.refuse_foreign_write(request);
    };
    EXPECT_TRUE(may_write("https://localhost:8443", true));
    EXPECT_FALSE(may_write("http://localhost:8443", true));
    EXPECT_TRUE(may_write("http://localhost:8443", false));
}

TEST_F(BrowserTest, AnotherSitesPageCannotWriteWithACookie) {
    const std::string record =
        R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"1"}})";
    const auto status = [&](const Headers& more) {
        Headers headers = {cookie("admin"), json_type};
        headers.insert(headers.end(), more.begin(), more.end());
        return ask("POST", "/records?table=orders", headers, record).status;
    };
    EXPECT_EQ(status({shop_page}), 200);
    EXPECT_EQ(status({"Origin: http://localhost:8080"}), 200);  // this server's own
    EXPECT_EQ(status({"Origin: https://localhost:8080"}), 200);
    EXPECT_EQ(status({"Origin: http://localhost"}), 403);
    EXPECT_EQ(status({"Origin: https://evil.example"}), 403);
    EXPECT_EQ(status({"Origin: null"}), 403);
    EXPECT_EQ(status({shop_page, "Origin: https://evil.example"}), 403);
    EXPECT_EQ(status({}), 403);
    // A header is set by the page itself, which cannot be another site's.
    EXPECT_EQ(ask("POST", "/records?table=orders",
                  {"Authorization: Bearer " + token("root", "admin"), json_type}, record)
                  .status,
              200);
}

}  // namespace
}  // namespace freshet::http
