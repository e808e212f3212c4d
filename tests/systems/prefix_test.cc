// A server that a proxy serves under a path of its own, which the proxy takes off: the paths that
// it tells lead back to it.

#include <gtest/gtest.h>

#include <string>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

const std::string behind_proxy =
    with(orders_config, "[server]\n", "[server]\nbehind_proxy = true\n");

void append_two(System& system) {
    system.append(event_of(inserted("a", 1).text() + "," + inserted("b", 1).text()));
}

// Where the next page of a list with two orders is.
std::string next_page(System& system, const HttpHeaders& headers) {
    const std::string link = system.get("/views/all-orders?limit=1", headers).header("Link");
    return link.substr(0, link.find('?'));
}

TEST(PrefixSystem, AProxyNamesItForItsRequests) {
    System system(behind_proxy);
    ASSERT_TRUE(system.start());
    append_two(system);
    const HttpHeaders forwarded{"X-Forwarded-Prefix: /shop/freshet"};

    EXPECT_EQ(next_page(system, forwarded), "</shop/freshet/views/all-orders");
    EXPECT_EQ(next_page(system, {}), "</views/all-orders");
    EXPECT_EQ(next_page(system, {"X-Forwarded-Prefix: //evil.example"}), "</views/all-orders");
    const std::string index = system.get("/", forwarded).body;
    EXPECT_TRUE(contains(index, "\"path\":\"/shop/freshet/events\"")) << index;
    EXPECT_TRUE(contains(index, "curl http://localhost/shop/freshet/views/all-orders")) << index;
    system.stop();
}

TEST(PrefixSystem, TheConfigurationNamesItForAllRequests) {
    System system(with(orders_config, "[server]\n", "[server]\nprefix = \"/freshet\"\n"));
    ASSERT_TRUE(system.start());
    append_two(system);

    EXPECT_EQ(next_page(system, {"X-Forwarded-Prefix: /other"}), "</freshet/views/all-orders");
    system.stop();
}

TEST(PrefixSystem, ThatIsNoPathIsAMistake) {
    const System system(with(orders_config, "[server]\n", "[server]\nprefix = \"freshet/\"\n"));

    const ProcessEnd end = run({"check", system.config_path()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors,
                         "found the prefix \"freshet/\", expected the path that a proxy "
                         "serves Freshet under, such as \"/freshet\""))
        << end.errors;
}

}  // namespace
}  // namespace freshet::systems
