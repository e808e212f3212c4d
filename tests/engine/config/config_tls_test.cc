#include <gtest/gtest.h>

#include <string>

#include "engine/config/config.h"
#include "tests/engine/config/mistake_table.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;

const std::string tls = "[server.tls]\ncertificate = 'cert.pem'\nkey = 'keys/key.pem'\n";  // 3
const std::string auth = "[[auth.keys]]\nid = 'k'\nalgorithm = 'HS256'\nenv = 'K'\n";
const std::string everywhere = "[server]\nlisten = '0.0.0.0:443'\n";

TEST(ConfigTls, TakesItsFilesFromTheFolderOfTheConfiguration) {
    const Config config = must(parse_config(
        "[server.tls]\ncertificate = '/etc/ssl/shop.pem'\nkey = 'keys/shop.pem'\n" + table,
        "/etc/freshet/freshet.toml"));

    ASSERT_TRUE(config.server.tls.has_value());
    EXPECT_EQ(config.server.tls->certificate, "/etc/ssl/shop.pem");
    EXPECT_EQ(config.server.tls->key, "/etc/freshet/keys/shop.pem");
}

TEST(ConfigTls, IsNotSpokenUnlessItIsNamed) {
    EXPECT_FALSE(must(parse_config("server.threads = 1\n" + table, "f")).server.tls.has_value());
}

TEST(ConfigTls, NamesItsMistakes) {
    expect_each({
        {"no key", "[server.tls]\ncertificate = 'c'\n" + table, 1,
         "found no key in [server.tls], expected both, certificate and key"},
        {"no certificate", "[server.tls]\nkey = 'k'\n" + table, 1,
         "found no certificate in [server.tls], expected both, certificate and key"},
        {"an unknown key", tls + "ca = 'ca.pem'\n" + table, 4,
         "found the unknown key \"ca\", expected \"certificate\" or \"key\""},
        {"a key that is no path", "[server.tls]\ncertificate = 'c'\nkey = 5\n" + table, 3,
         "found 5 for key, expected a string of at least one character"},
    });
}

TEST(ConfigTls, LetsOtherAddressesBeListenedOnWithCredentials) {
    expect_fine({
        everywhere + tls + auth + table,
        everywhere + "behind_proxy = true\n" + tls + auth + table,
        "[server]\nlisten = '127.0.0.1:443'\n" + tls + table,
    });
    EXPECT_NE(mistakes_in(everywhere + tls + table), "none");
    EXPECT_NE(mistakes_in(everywhere + auth + table), "none");
}

}  // namespace
}  // namespace freshet::engine
