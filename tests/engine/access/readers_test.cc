// What engine/access/readers.h promises, by example.

#include "engine/access/readers.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/config/config.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

// Of a view with this access, or with none.
std::string readers(const std::string& access) {
    std::string text = "[[table]]\nname = 't'\nkey = ['pk']\nowner = 'creator'\n[[table.view]]\n";
    text += "name = 'v'\n";
    if (!access.empty()) text += "access = " + access + "\n";
    const auto catalog = support::must(parse_config(text, "t.toml")).catalog;
    const Table& table = *catalog->tables()[0];
    return readers_of(table.views[0].access, table.owner);
}

TEST(Readers, AreThoseWhomTheWordsName) {
    EXPECT_EQ(readers("['public']"), "everybody");
    EXPECT_EQ(readers("['signed-in']"), "everybody who is signed in");
    EXPECT_EQ(readers("['owner']"), "anyone who owns the item (creator); admins");
    EXPECT_EQ(readers("['staff']"), "role staff; admins");
    EXPECT_EQ(readers("['admin']"), "admins");
    EXPECT_EQ(readers(""), "admins");
}

TEST(Readers, AreThoseOfEveryEntry) {
    EXPECT_EQ(readers("['owner', 'staff', 'admin', 'agent']"),
              "anyone who owns the item (creator); role staff; role agent; admins");
    EXPECT_EQ(readers("['staff', 'public']"), "everybody");
    EXPECT_EQ(readers("['staff', 'signed-in']"), "everybody who is signed in");
    EXPECT_EQ(readers("['signed-in', 'public']"), "everybody");
}

TEST(Readers, FulfilAllPartsOfAnEntry) {
    EXPECT_EQ(readers("[{ role = 'agent', tenant = '{claims.tenant}' }]"),
              "role agent whose claim tenant is the item's; admins");
    EXPECT_EQ(readers("[{ team = '{claims.group}', tenant = '{claims.tenant}' }]"),
              "anyone whose claim group is the item's team and whose claim tenant is the item's; "
              "admins");
    EXPECT_EQ(readers("[{ role = 'owner', status = 'OPEN' }]"),
              "anyone who owns the item (creator) and where its status is \"OPEN\"; admins");
    EXPECT_EQ(readers("[{ assignee = '{claims.sub}' }]"),
              "anyone whose claim sub is the item's assignee; admins");
}

TEST(Readers, AreSignedInWhereOnlyTheItemIsAskedFor) {
    EXPECT_EQ(readers("[{ status = 'OPEN' }]"),
              "everybody who is signed in where its status is \"OPEN\"; admins");
}

}  // namespace
}  // namespace freshet::engine
