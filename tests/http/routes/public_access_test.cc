// What is public, asked for without a credential on a server that has [auth]: all of the way from
// the request to its answer, and nothing beside it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
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
constexpr const char* secret_name = "FRESHET_TEST_PUBLIC_SECRET";

constexpr const char* config_text = R"(
[auth]
keys = [{ id = "k1", algorithm = "HS256", env = "FRESHET_TEST_PUBLIC_SECRET" }]
query_token = true

[[table]]
name  = "dishes"
key   = ["pk"]
owner = "cook"

[[table.view]]
name   = "dish"
fields = ["id=pk", "price"]
access = ["public"]

[[table.view]]
name   = "dish-or-own"
like   = "dish"
access = ["owner", { role = "staff", section = "{claims.section}" }, "public"]
hide   = true

[[table.view]]
name   = "news"
like   = "dish"
access = ["signed-in"]

[[table.view]]
name   = "recipe"
access = ["owner", { section = "pizza" }]

[[table.view]]
name   = "hidden-recipe"
access = ["owner"]
hide   = true

[[table.list]]
name   = "menu"
by     = "section"
like   = "dish"
access = ["public"]

[[table.list]]
name   = "dishes-of-a-cook"
by     = "cook"
like   = "dish"
access = ["public"]

[[table.list]]
name   = "costs"
by     = "section"
access = ["staff"]

[[table.total]]
name   = "dishes-by-section"
by     = "section"
values = ["count"]
access = ["public"]

[[table.event]]
type   = "dish-added"
on     = "INSERT"
data   = ["id=pk"]
access = ["staff"]

[[table.event]]
type    = "price-changed"
topic   = "{pk}-price"
on      = "MODIFY"
changed = ["price"]
data    = ["id=pk"]
access  = ["public"]

[[table.event]]
type   = "dish-touched"
topic  = "{pk}-touched"
on     = "MODIFY"
data   = ["id=pk"]
access = ["signed-in"]
)";

engine::Config config_of(const std::string& text) {
    setenv(secret_name, secret, 1);
    return must(engine::parse_config(text, "public.toml"));
}

class PublicAccess : public ::testing::Test {
protected:
    PublicAccess() {
        change("INSERT", "d-1", 1, "12");
        change("MODIFY", "d-1", 2, "13");
        change("MODIFY", "d-1", 3, "13");
    }

    void change(const std::string& kind, const std::string& id, int sequence,
                const std::string& price) {
        const std::string key = R"("pk":{"S":")" + id + R"("})";
        const Answer answer = shop.post(
            R"({"eventName":")" + kind + R"(","dynamodb":{"Keys":{)" + key +
                R"(},"SequenceNumber":")" + std::to_string(sequence) + R"(","NewImage":{)" + key +
                R"(,"cook":{"S":"ann"},"section":{"S":"pizza"},"price":{"N":")" + price +
                R"("}}}})",
            "?table=dishes", {"Content-Type: application/json", as(R"("role":"admin")")});
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    [[nodiscard]] std::string token(const std::string& claims, int seconds = 600) const {
        const auto expires = shop.now.time_since_epoch().count() + seconds;
        return must(make_token(must(TokenKey::hmac("k1", secret)),
                               "{" + claims + R"(,"exp":)" + std::to_string(expires) + "}"));
    }
    [[nodiscard]] std::string as(const std::string& claims, int seconds = 600) const {
        return "Authorization: Bearer " + token(claims, seconds);
    }

    // The answer, or how a stream or a write that is let in begins.
    Answer ask(const std::string& target, const Headers& headers = {},
               const std::string& method = "GET", const std::string& body = "") {
        NextStep step = shop.ask({method, target, headers, body});
        if (auto* stream = std::get_if<StreamToFollow>(&step)) return std::move(stream->head);
        if (auto* answer = std::get_if<Answer>(&step)) return std::move(*answer);
        return Answer(200);
    }
    // 401, with nothing of what there is.
    void expect_stranger(const std::string& target, const Headers& headers = {},
                         const std::string& method = "GET") {
        const Answer answer = ask(target, headers, method);
        EXPECT_EQ(answer.status, 401) << method << ' ' << target << ' ' << answer.body;
        EXPECT_EQ(answer.header("WWW-Authenticate").substr(0, 22), R"(Bearer realm="freshet")");
        for (const char* const name : {"dish-added", "price", "recipe", "staff", "ann"}) {
            EXPECT_EQ(answer.body.find(name), std::string::npos) << answer.body;
        }
    }
    // The types of the events that are heard.
    std::string hears(const Headers& headers, const std::string& query = "") {
        NextStep step = shop.ask({"GET", "/events?last_event_id=earliest" + query, headers, ""});
        auto* started = std::get_if<StreamToFollow>(&step);
        if (started == nullptr) return std::to_string(std::get<Answer>(step).status);
        std::string frames;
        while (!must(started->stream->fill(frames, 1U << 20U))) {
        }
        std::string heard;
        for (std::size_t at = 0; (at = frames.find("event: ", at)) != std::string::npos; ++at) {
            heard +=
                (heard.empty() ? "" : " ") + frames.substr(at + 7, frames.find('\n', at) - at - 7);
        }
        return heard;
    }

    RouteShop shop{config_of(config_text)};
};

TEST_F(PublicAccess, EverybodyReadsIt) {
    EXPECT_EQ(ask("/views/dish/d-1").body, "{\"id\":\"d-1\",\"price\":13}\n");
    EXPECT_EQ(ask("/views/dish-or-own/d-1").body, "{\"id\":\"d-1\",\"price\":13}\n");
    EXPECT_EQ(ask("/views/menu/pizza").body, "{\"items\":[{\"id\":\"d-1\",\"price\":13}]}\n");
    EXPECT_EQ(ask("/views/dishes-of-a-cook/ann").status, 200);
    EXPECT_EQ(ask("/views/dishes-by-section/pizza").status, 200);
    EXPECT_EQ(ask("/views/dishes-by-section").status, 200);
    EXPECT_EQ(ask("/views/dish/none").status, 404);
    EXPECT_EQ(ask("/views/dish/d-1", {as(R"("sub":"ann","grants":["vend"])")}).status, 200);

    const Answer head = ask("/views/dish/d-1", {}, "HEAD");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Vary"), "Accept, Authorization, Cookie");
    EXPECT_EQ(ask("/views/dish/d-1", {"If-None-Match: " + std::string(head.header("ETag"))}).status,
              304);
}

TEST_F(PublicAccess, AllElseStaysClosed) {
    for (const char* const target :
         {"/", "/status", "/metrics", "/records", "/tables/dishes/items/d-1",
          "/tables/dishes/items/d-1/history", "/views/news/d-1", "/views/recipe/d-1",
          "/views/hidden-recipe/d-1", "/views/costs/pizza", "/views/nothing", "/views/nothing/d-1",
          "/nothing", "/readyz?verbose=1"}) {
        expect_stranger(target);
    }
    for (const char* const method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
        expect_stranger("/views/dish/d-1", {}, method);
        expect_stranger("/events", {}, method);
    }
    expect_stranger("/records", {}, "POST");
    expect_stranger("/views/dish/d-1", {"Content-Length: 5"});
    expect_stranger("/records", {"Accept: text/event-stream"});
    expect_stranger("/views/dishes-of-a-cook?me=1");
}

TEST_F(PublicAccess, ACredentialThatIsNotValidStaysRefused) {
    const std::string cookie = "Cookie: " + std::string(cookie_name) + "=";
    const std::vector<Headers> wrong = {
        {"Authorization: Bearer nobodys-key"},
        {"Authorization: Bearer a.b.c"},
        {"Authorization: Basic YTpi"},
        {"Authorization: "},
        {as(R"("sub":"ann")", -31)},
        {as(R"("sub":"ann")"), as(R"("sub":"ann")")},
        {cookie + "x"},
        {cookie + token(R"("sub":"ann")", -31)},
        {cookie + token(R"("sub":"ann")"), cookie + token(R"("sub":"bob")")},
    };
    for (const char* const target : {"/views/dish/d-1", "/views/menu/pizza", "/events"}) {
        for (const Headers& headers : wrong) expect_stranger(target, headers);
        const std::string begin = target + std::string("?token=");
        expect_stranger(begin);
        expect_stranger(begin + "x");
        expect_stranger(begin + "x&token=y");
        expect_stranger(begin + token(R"("sub":"ann")", -31));
    }
}

TEST_F(PublicAccess, SignedInIsAnyCredential) {
    EXPECT_EQ(ask("/views/news/d-1", {as(R"("sub":"bob")")}).status, 200);
    EXPECT_EQ(ask("/views/news/d-1", {as(R"("x":1)")}).status, 200);
    EXPECT_EQ(ask("/views/news/d-1", {as(R"("sub":"bob","grants":["read:dish"])")}).status, 403);
}

TEST_F(PublicAccess, ARoleThatIsCalledLikeAWordGainsNothing) {
    const std::string posing = as(R"("sub":"bob","role":["public","signed-in","owner"])");
    for (const char* const target : {"/views/costs/pizza", "/status", "/tables/dishes/items/d-1"}) {
        EXPECT_EQ(ask(target, {posing}).status, 403) << target;
    }
    EXPECT_EQ(ask("/views/hidden-recipe/d-1", {posing}).status, 404);
    EXPECT_EQ(hears({posing}), hears({as(R"("sub":"bob")")}));
}

TEST_F(PublicAccess, EachHearsWhatIsForThem) {
    EXPECT_EQ(hears({}), "price-changed");
    EXPECT_EQ(hears({as(R"("sub":"bob")")}), "price-changed dish-touched");
    EXPECT_EQ(hears({as(R"("sub":"bob","grants":["read"])")}), "price-changed");
    EXPECT_EQ(hears({as(R"("role":"staff")")}), "dish-added price-changed dish-touched");
    EXPECT_EQ(hears({}, "&type=price-changed&key=d-1&topic=d-1-price&table=dishes"),
              "price-changed");
    EXPECT_EQ(hears({}, "&key=d-2"), "");
}

TEST_F(PublicAccess, AFilterTellsNobodyWhatElseThereIs) {
    for (const char* const filter :
         {"type=dish-added", "type=nothing", "type=price-changed&type=dish-added",
          "topic=d-1-touched", "topic=nothing", "topic=dish-added", "table=nothing",
          "type=price-changed&topic=d-1-touched"}) {
        expect_stranger("/events?" + std::string(filter));
    }
    EXPECT_EQ(ask("/events?type=dish-added").reason, RefusalReason::none);
}

TEST_F(PublicAccess, NobodyHearsAnythingWhereNoEventIsPublic) {
    std::string text = config_text;
    const std::string access = "access  = [\"public\"]\n";
    text.replace(text.find(access), access.size(), "access  = [\"signed-in\"]\n");
    RouteShop closed(config_of(text));

    EXPECT_EQ(std::get<Answer>(closed.ask({"GET", "/events", {}, ""})).status, 401);
    EXPECT_EQ(std::get<Answer>(closed.ask({"GET", "/events?x=1", {}, ""})).status, 401);
}

}  // namespace
}  // namespace freshet::http
