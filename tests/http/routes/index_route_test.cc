// What GET / shows: everything that is declared, and lines that work as they are when copied.

#include "http/routes/index_route.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine/config/config.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"
#include "tests/world/tables.h"

namespace freshet::http {
namespace {

using support::JsonValue;

// The element of that name.
const JsonValue& named(const JsonValue& elements, std::string_view name) {
    static const JsonValue absent;
    for (const JsonValue& element : elements.elements()) {
        if (element["name"].text() == name) return element;
    }
    return absent;
}

class IndexRoute : public ::testing::Test {
protected:
    JsonValue index() {
        const Answer answer = shop.get("/");
        EXPECT_EQ(answer.status, 200);
        const auto value = JsonValue::parse(answer.body);
        EXPECT_TRUE(value) << answer.body;
        return value.value_or(JsonValue());
    }
    std::string table_line(std::string_view name) {
        return named(index()["tables"], name)["curl"].text();
    }
    std::string view_line(std::string_view name) {
        return named(index()["views"], name)["curl"].text();
    }

    RouteShop shop;
};

TEST_F(IndexRoute, NamesEveryTableAndViewWithItsPath) {
    const JsonValue shown = index();

    EXPECT_EQ(named(shown["tables"], "orders")["path"].text(), "/tables/orders/items/{pk}");
    EXPECT_EQ(named(shown["views"], "line")["path"].text(), "/views/line/{pk}/{sk}");
    EXPECT_EQ(named(shown["views"], "line")["kind"].text(), "item");
    EXPECT_EQ(named(shown["views"], "my-orders")["path"].text(), "/views/my-orders/{creator}");
    EXPECT_EQ(named(shown["views"], "my-orders")["kind"].text(), "list");
    EXPECT_EQ(shown["tables"].size(), 2U);
    EXPECT_EQ(shown["views"].size(), 4U);
}

TEST_F(IndexRoute, ShowsLinesForAnItemThatIsThere) {
    shop.ordered("first", 1);

    EXPECT_EQ(table_line("orders"), "curl http://localhost:8080/tables/orders/items/first");
    EXPECT_EQ(view_line("order"), "curl http://localhost:8080/views/order/first");
    EXPECT_EQ(view_line("my-orders"), "curl http://localhost:8080/views/my-orders/ann");
    EXPECT_EQ(view_line("all-orders"), "curl http://localhost:8080/views/all-orders");
}

TEST_F(IndexRoute, ShowsTheTemplateOfATableWithoutItems) {
    shop.ordered("first", 1);
    shop.post(order_event("REMOVE", "first", 2, ""));

    EXPECT_EQ(view_line("order"), "curl -g 'http://localhost:8080/views/order/{pk}'");
    EXPECT_EQ(view_line("my-orders"), "curl -g 'http://localhost:8080/views/my-orders/{creator}'");
    EXPECT_EQ(view_line("all-orders"), "curl http://localhost:8080/views/all-orders");
}

TEST_F(IndexRoute, WritesKeysSoThatNeitherAShellNorAUrlReadsThemOtherwise) {
    shop.ordered("it's $HOME/a b?#", 1);

    EXPECT_EQ(view_line("order"),
              "curl http://localhost:8080/views/order/it%27s%20%24HOME%2Fa%20b%3F%23");
    EXPECT_EQ(shop.get("/views/order/it%27s%20%24HOME%2Fa%20b%3F%23").status, 200);
}

TEST_F(IndexRoute, NamesAKeyThatNoSegmentCanHoldInTheQuery) {
    shop.ordered("..", 1);

    EXPECT_EQ(view_line("order"), "curl 'http://localhost:8080/views/order?key=..'");
    EXPECT_EQ(shop.get("/views/order?key=..").status, 200);
}

// The table `lines` has no list, so an item is looked for in the newest records.
TEST_F(IndexRoute, FindsTheItemOfATableWithoutListsInTheLog) {
    shop.post(
        R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/lines/stream/1",)"
        R"("dynamodb":{"Keys":{"pk":{"S":"a"},"sk":{"N":"7.50"}},"SequenceNumber":"1",)"
        R"("NewImage":{"pk":{"S":"a"},"sk":{"N":"7.50"}}}})");
    for (int i = 0; i < 20; ++i) shop.ordered("order-" + std::to_string(i), 1);

    EXPECT_EQ(view_line("line"), "curl http://localhost:8080/views/line/a/7.50");
    EXPECT_EQ(shop.get("/views/line/a/7.50").status, 200);
}

TEST_F(IndexRoute, ShowsAViewThatIsLive) {
    const auto live_line = [this] { return index()["live"]["curl"].text(); };
    EXPECT_EQ(index()["live"]["path"].text(), "/live");
    EXPECT_EQ(live_line(), "curl -N 'http://localhost:8080/live?view=all-orders'");

    for (const std::string key : {"first", "it's $HOME/a b?#&%", ".."}) {
        shop.ordered(key, 1);
        const std::string line = live_line();
        const std::string before = "curl -N 'http://localhost:8080";
        ASSERT_EQ(line.substr(0, before.size()), before);
        const std::string target = line.substr(before.size(), line.size() - before.size() - 1);
        auto step = shop.ask({.method = "GET", .target = target, .headers = {}, .body = ""});
        const auto* started = std::get_if<StreamToFollow>(&step);
        ASSERT_NE(started, nullptr) << target;
        std::string frames;
        ASSERT_TRUE(support::must(started->stream->fill(frames, 1U << 20U)));
        EXPECT_NE(frames.find("event: snapshot"), std::string::npos) << frames;
        EXPECT_EQ(frames.find(R"("data":null)"), std::string::npos) << frames;
        shop.post(order_event("REMOVE", key, 2, ""));
    }
}

TEST_F(IndexRoute, ShowsWhereElseToLook) {
    const JsonValue shown = index();

    EXPECT_EQ(shown["events"]["curl"].text(), "curl -N http://localhost:8080/events");
    EXPECT_EQ(shown["events"]["path"].text(), "/events");
    EXPECT_EQ(shown["records"]["curl"].text(), "curl 'http://localhost:8080/records?limit=10'");
    EXPECT_EQ(shown["metrics"]["curl"].text(), "curl http://localhost:8080/metrics");
    EXPECT_EQ(shown["status"]["curl"].text(), "curl http://localhost:8080/status");
    EXPECT_FALSE(shown["transactions"].exists()) << "nothing here is written directly";
}

// An engine over its own configuration, and a request for / at that host.
struct OneIndex {
    explicit OneIndex(std::string_view config) {
        engine::EngineOptions options;
        options.path = folder.file("data");
        engine = support::must(engine::Engine::open(
            support::must(engine::parse_config(config, "index.toml")).catalog, options));
    }
    std::string body(std::string_view host = "localhost:8080") {
        Request request;
        request.method = "GET";
        request.identity.caller = engine::everybody();
        request.headers.push_back({"Host", host});
        return index_answer(*engine, request).body;
    }

    support::TempFolder folder;
    std::unique_ptr<engine::Engine> engine;
};

constexpr std::string_view watched_config = R"(
[[table]]
name = "orders"
key = ["pk"]

[[table.event]]
type = "new-order"
on = "INSERT"

[[table.event]]
type = "order-updated"
topic = "{pk}-updated"
)";

TEST(IndexOfWrites, NamesWhatMayBeWrittenAndHow) {
    RouteShop shop(support::must(engine::parse_config(support::server_section + std::string(R"(
[[table]]
name = "fed"
key  = ["pk"]

[[table]]
name   = "notes"
key    = ["pk"]
source = "direct"
)"),
                                                      "index.toml")));
    const auto value = JsonValue::parse(shop.get("/").body);
    ASSERT_TRUE(value);
    const JsonValue& notes = named((*value)["tables"], "notes");

    ASSERT_EQ(notes["methods"].size(), 4U);
    EXPECT_EQ(notes["methods"][1].text(), "PUT");
    EXPECT_EQ(notes["post"].text(), "/tables/notes/items");
    EXPECT_EQ(notes["update"].text(), "/tables/notes/items/{pk}/update");
    EXPECT_EQ(named((*value)["tables"], "fed")["methods"].size(), 0U);
    EXPECT_EQ((*value)["transactions"]["path"].text(), "/transactions");
    EXPECT_EQ((*value)["transactions"]["curl"].text(),
              "curl -H 'Content-Type: application/json' -d '{\"writes\":[]}' "
              "http://localhost:8080/transactions");
}

TEST(IndexOfEvents, NamesTheTypesAndTopicsOfEachTable) {
    OneIndex index(watched_config);

    const auto shown = JsonValue::parse(index.body());

    ASSERT_TRUE(shown);
    EXPECT_EQ(
        (*shown)["events"]["types"],
        JsonValue::parse(R"([{"table":"orders","type":"new-order","topic":"new-order"},)"
                         R"({"table":"orders","type":"order-updated","topic":"{pk}-updated"}])"));
}

TEST(IndexOfHost, NamesTheHostThatWasAsked) {
    OneIndex index(watched_config);

    EXPECT_NE(index.body("127.0.0.1:9").find("curl -N http://127.0.0.1:9/events"),
              std::string::npos);
    EXPECT_NE(index.body("[::1]:9").find("curl -N 'http://[::1]:9/events'"), std::string::npos);
}

// The gate lets no such host through as long as there are no credentials; the line does not rely
// on it.
TEST(IndexOfHost, NeverEndsTheQuotesOfALine) {
    OneIndex index(watched_config);

    EXPECT_NE(index.body("a';reboot;'").find(R"(curl -N 'http://a'\\'';reboot;'\\''/events')"),
              std::string::npos);
}

// The state cannot be read before the log is folded.
TEST(IndexWhileFolding, ShowsTemplates) {
    OneIndex index(watched_config);

    EXPECT_NE(index.body().find("curl -g 'http://localhost:8080/tables/orders/items/{pk}'"),
              std::string::npos);
}

}  // namespace
}  // namespace freshet::http
