// Any text names an item or a partition, and a path that names nothing is told what would.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

class KeysTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    System system{orders_config};
};

// Names that mean something to somebody on the way: to a URL, to a browser, to JavaScript, or in a
// system where lists and items share one space of names.
const std::vector<std::string> strange_names = {
    "all-orders",
    "my-orders",
    "ADMIN-x",
    "__proto__",
    "constructor",
    "a/b",
    ".",
    "..",
    "../../etc",
    "%2F",
    "%",
    "a%00b",
    std::string("a\0b", 3),
    std::string(1, '\0'),
    "\x7f\xC2\x85\xE2\x80\xA8",
    "\xF0\x9F\x8D\x95",
    "e\xCC\x81",
    "\xC3\xA9",
    " ",
    "a b",
    "+",
    "?",
    "#",
    "&key=x",
    "a=b",
    ";",
    "\\",
    "\"",
    "{}",
    "items",
    "-",
    "0",
};

TEST_F(KeysTest, AnyTextNamesAnItem) {
    std::uint64_t sequence = 0;
    for (const std::string& name : strange_names) {
        system.append(inserted(name, ++sequence, attribute("status", "of " + name)).text());
    }

    for (const std::string& name : strange_names) {
        SCOPED_TRACE(name);
        const JsonValue by_query = system.read("/views/order?key=" + encoded(name));
        EXPECT_EQ(by_query["id"].text(), name);
        EXPECT_EQ(by_query["status"].text(), "of " + name);
        EXPECT_EQ(system.read("/tables/orders/items?key=" + encoded(name))["pk"].text(), name);

        const HttpAnswer by_path = system.get("/views/order/" + encoded(name));
        if (name == "." || name == "..") {
            EXPECT_EQ(by_path.status, 400) << by_path.body;
        } else {
            EXPECT_EQ(json(by_path.body), by_query);
        }
    }
    EXPECT_EQ(system.list("/views/all-orders").size(), strange_names.size());
}

// DynamoDB's longest key, of characters that take three bytes each for one in a URL.
TEST_F(KeysTest, TheLongestKeyNamesAnItem) {
    std::string name;
    while (name.size() < 2'048) name += "\xC3\xA9";
    system.append(inserted(name, 1, attribute("status", "READY")).text());

    for (const std::string target : {"/views/order/", "/views/order?key="}) {
        const JsonValue item = system.read(target + encoded(name));
        EXPECT_EQ(item["id"].text(), name);
        EXPECT_EQ(item["status"].text(), "READY");
    }
}

TEST_F(KeysTest, AnyTextNamesAPartition) {
    std::uint64_t number = 0;
    for (const std::string& name : strange_names) {
        system.append(inserted(std::to_string(++number), 1, attribute("creator", name)).text());
    }

    number = 0;
    for (const std::string& name : strange_names) {
        SCOPED_TRACE(name);
        const JsonValue page = system.read("/views/my-orders?key=" + encoded(name));
        ASSERT_EQ(page["items"].size(), 1U);
        EXPECT_EQ(page["items"][0]["id"].text(), std::to_string(++number));
    }
}

TEST_F(KeysTest, APartitionWithNothingInItIsEmpty) {
    system.append(inserted("no creator", 1).text());
    system.append(inserted("a creator without a name", 1, attribute("creator", "")).text());

    EXPECT_EQ(system.get("/views/my-orders/nobody").body, "{\"items\":[]}\n");
    const JsonValue unnamed = system.read("/views/my-orders/");
    ASSERT_EQ(unnamed["items"].size(), 1U);
    EXPECT_EQ(unnamed["items"][0]["id"].text(), "a creator without a name");
    EXPECT_EQ(system.read("/views/my-orders?key="), unnamed);
}

TEST_F(KeysTest, AWrongPathIsToldWhatWouldBeRight) {
    const auto detail = [&](const std::string& target, int status) {
        const HttpAnswer answer = system.get(target);
        EXPECT_EQ(answer.status, status) << target << ": " << answer.body;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << target;
        return json(answer.body)["detail"].text();
    };

    EXPECT_NE(detail("/views/ordr/a", 404).find("all-orders"), std::string::npos);
    EXPECT_NE(detail("/views/order", 400).find("pk"), std::string::npos);
    EXPECT_NE(detail("/views/order/a/b", 400).find("pk"), std::string::npos);
    EXPECT_NE(detail("/views/my-orders", 400).find("creator"), std::string::npos);
    EXPECT_NE(detail("/views/all-orders/x", 400).find("no parts"), std::string::npos);
    detail("/tables/nothing/items/a", 404);
    detail("/views/order/a?key=a", 400);
    detail("/views/order/%zz", 400);
    detail("/views/order/%00", 404);
    detail("/views/order/%FF", 400);
    detail("/views/order/..", 400);
    detail("/views/order/%2e%2E", 400);
    detail("/views/all-orders?limit=0", 400);
    detail("/views/all-orders?limit=1001", 400);
    detail("/views/all-orders?limit=ten", 400);
    detail("/views/all-orders?limit=1&limit=2", 400);
    detail("/views/all-orders?order=up", 400);
    detail("/views/order/a?min_position=-1", 400);
    detail("/views/order/a?min_position=1&timeout_s=31", 400);
    detail("/records?after=x", 400);
    detail("/records?after=18446744073709551616", 400);
}

}  // namespace
}  // namespace freshet::systems
