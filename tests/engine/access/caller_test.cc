#include "engine/access/caller.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;

TEST(Grant, IsReadAsItIsWritten) {
    for (const std::string text : {"read:orders", "watch:order-*", "ingest:a:b", "vend", "admin"}) {
        EXPECT_EQ(text_of(must(parse_grant(text))), text);
    }
    EXPECT_EQ(text_of(must(parse_grant("write:*"))), "write");
}

TEST(Grant, IsRefusedIfItIsNone) {
    const auto message = [](const std::string& text) {
        const auto grant = parse_grant(text);
        return grant ? std::string() : grant.error().message;
    };
    EXPECT_EQ(message("raed:orders"),
              "found the right \"raed\", expected \"read\", \"watch\", \"write\", \"ingest\", "
              "\"vend\" or \"admin\": did you mean \"read\"?");
    for (const std::string text : {"read:", "read:*s", "read:a*b", "read:**"}) {
        EXPECT_EQ(message(text), "found \"" + text +
                                     "\", expected a name behind the colon, or its beginning and a "
                                     "star, such as read:orders or read:orders-*");
    }
    EXPECT_NE(message(""), "");
    EXPECT_NE(message(" read"), "");
    EXPECT_NE(message("READ"), "");
}

TEST(Grant, CoversItsNameOrTheNamesThatBeginSo) {
    const auto covers = [](const std::string& grant, const std::string& name) {
        return must(parse_grant(grant)).covers(name);
    };
    EXPECT_TRUE(covers("read:orders", "orders"));
    EXPECT_FALSE(covers("read:orders", "orders2"));
    EXPECT_FALSE(covers("read:orders", "order"));
    EXPECT_TRUE(covers("read:order*", "orders"));
    EXPECT_TRUE(covers("read:order*", "order"));
    EXPECT_FALSE(covers("read:order*", "my-orders"));
    EXPECT_TRUE(covers("read", "orders"));
}

TEST(Grant, CoversNoWiderGrant) {
    const auto covers = [](const std::string& wide, const std::string& narrow) {
        return must(parse_grant(wide)).covers(must(parse_grant(narrow)));
    };
    EXPECT_TRUE(covers("read:orders", "read:orders"));
    EXPECT_TRUE(covers("read:order*", "read:orders"));
    EXPECT_TRUE(covers("read:order*", "read:orders-*"));
    EXPECT_TRUE(covers("read", "read:order*"));
    EXPECT_FALSE(covers("read:orders", "read:orders*"));
    EXPECT_FALSE(covers("read:orders*", "read:order*"));
    EXPECT_FALSE(covers("read:orders", "read"));
    EXPECT_FALSE(covers("read", "watch:orders"));
}

}  // namespace
}  // namespace freshet::engine
