#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "engine/config/config.h"
#include "tests/engine/config/mistake_table.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;

const std::string digest(64, 'a');
const std::string key = "[[auth.keys]]\nid = 'k'\nalgorithm = 'HS256'\nenv = 'K'\n";       // 4
const std::string machine = "[[auth.machines]]\nname = 'm'\nsha256 = '" + digest + "'\n";  // 3

TEST(ConfigAuth, SaysWhichCredentialsAreBelieved) {
    const Config config =
        must(parse_config("[auth]\nissuer = 'login'\naudience = 'shop'\n"
                          "keys = [{ id = 'a', algorithm = 'EdDSA', file = 'keys/a.pem' },\n"
                          "        { id = 'b', algorithm = 'HS256', env = 'B_SECRET' }]\n"
                          "machines = [{ name = 'm', sha256 = '" +
                              digest + "', rights = ['ingest:orders', 'admin'] }]\n" + table,
                          "/etc/freshet/freshet.toml"));

    ASSERT_TRUE(config.auth.has_value());
    EXPECT_EQ(config.auth->issuer, "login");
    EXPECT_EQ(config.auth->audience, "shop");
    EXPECT_EQ(config.auth->token_life, std::chrono::seconds(0));
    ASSERT_EQ(config.auth->keys.size(), 2U);
    EXPECT_EQ(config.auth->keys[0].id, "a");
    EXPECT_EQ(config.auth->keys[0].algorithm, TokenAlgorithm::ed25519);
    EXPECT_EQ(config.auth->keys[0].file, "/etc/freshet/keys/a.pem");
    EXPECT_EQ(config.auth->keys[1].algorithm, TokenAlgorithm::hs256);
    EXPECT_EQ(config.auth->keys[1].variable, "B_SECRET");
    ASSERT_EQ(config.auth->machines.size(), 1U);
    EXPECT_EQ(config.auth->machines[0].digest, std::string(32, '\xaa'));
    ASSERT_EQ(config.auth->machines[0].rights.size(), 2U);
    EXPECT_EQ(text_of(config.auth->machines[0].rights[0]), "ingest:orders");
    EXPECT_EQ(text_of(config.auth->machines[0].rights[1]), "admin");
}

TEST(ConfigAuth, MayBoundTheLifeOfTokens) {
    const Config config = must(parse_config("[auth]\ntoken_life_s = 86400\n" + key + table, "f"));

    EXPECT_EQ(config.auth->token_life, std::chrono::hours(24));
}

TEST(ConfigAuth, IsNotThereUnlessItIsNamed) {
    EXPECT_FALSE(must(parse_config(table, "f")).auth.has_value());
}

TEST(ConfigAuth, NamesItsMistakes) {
    const std::string rights = "rights = ['ingest']\n";
    expect_each({
        {"no credentials at all", "[auth]\n" + table, 1,
         "found neither keys nor machines, expected at least one: nobody could be let in"},
        {"an unknown key", "[auth]\nisuer = 'x'\n" + key + table, 2,
         "found the unknown key \"isuer\", expected \"keys\", \"machines\", \"issuer\", "
         "\"audience\", \"sign_with\", \"query_token\" or \"token_life_s\": did you mean "
         "\"issuer\"?"},
        {"a life that POST /tokens would not keep to",
         "[auth]\ntoken_life_s = 3599\n" + key + table, 2,
         "found 3599 for token_life_s, expected an integer from 3600 to 315360000"},
        {"another algorithm", "[[auth.keys]]\nid = 'k'\nalgorithm = 'RS256'\nenv = 'K'\n" + table,
         3, "found the algorithm \"RS256\", expected \"EdDSA\" or \"HS256\""},
        {"an id twice", key + key + table, 6, "found the id \"k\" again, expected each once"},
        {"a key that is nowhere", "[[auth.keys]]\nid = 'k'\nalgorithm = 'HS256'\n" + table, 1,
         "found neither file and env, expected one of them: where the key is"},
        {"a key in two places", key + "file = 'f'\n" + table, 1,
         "found both file and env, expected one of them: where the key is"},
        {"another key to sign with", "[auth]\nsign_with = 'kk'\n" + key + table, 2,
         "found sign_with = \"kk\", expected \"k\""},
        {"a machine without rights", machine + table, 1,
         "found no rights, expected what the machine may do, such as rights = "
         "[\"ingest:orders\"]"},
        {"a right over what is not there", machine + "rights = ['ingest:order']\n" + table, 4,
         "found \"order\" in the right \"ingest:order\", expected \"orders\": did you mean "
         "\"orders\"?"},
        {"a right over no view", machine + "rights = ['read:orders']\n" + table, 4,
         "found \"orders\" in the right \"read:orders\", expected no name, as no view is declared"},
        {"a right that is none", machine + "rights = ['injest']\n" + table, 4,
         "found the right \"injest\", expected \"read\", \"watch\", \"write\", \"ingest\", "
         "\"vend\" or \"admin\": did you mean \"ingest\"?"},
        {"a machine twice",
         machine + rights + "[[auth.machines]]\nname = 'm'\nsha256 = '" + std::string(64, 'b') +
             "'\n" + rights + table,
         6, "found the name \"m\" again, expected each once"},
        {"a key of two machines",
         machine + rights + "[[auth.machines]]\nname = 'n'\nsha256 = '" + digest + "'\n" + rights +
             table,
         7, "found the sha256 of another machine, expected a key of its own for each"},
        {"the digest of an empty key",
         "[[auth.machines]]\nname = 'm'\nsha256 = "
         "'E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n" +
             rights + table,
         3, "found the sha256 of an empty text, expected that of the machine's key"},
        {"no digest but perhaps the key itself",
         "[[auth.machines]]\nname = 'm'\nsha256 = 'my-secret'\n" + rights + table, 3,
         "found a sha256 that is none, expected the 64 hexadecimal digits of the key's SHA-256"},
    });
}

TEST(ConfigAuth, LetsOtherAddressesBeListenedOnBehindAProxy) {
    const std::string server = "[server]\nlisten = '0.0.0.0:80'\nbehind_proxy = true\n";

    expect_fine({server + key + table,
                 "[server]\nlisten = '[::]:80'\nbehind_proxy = true\n" + key + table});
    EXPECT_NE(mistakes_in(server + table), "none");
    EXPECT_NE(mistakes_in("[server]\nlisten = '0.0.0.0:80'\n" + key + table), "none");
    for (const std::string host : {"shop.example", "::1", "[1.2.3.4]", "1.2.3", "[::1%lo]"}) {
        const std::string mistake = mistakes_in("[server]\nlisten = '" + host +
                                                ":80'\nbehind_proxy = true\n" + key + table);
        EXPECT_TRUE(mistake.find("expected an address and a port") != std::string::npos) << mistake;
    }
    EXPECT_EQ(
        must(parse_config("[server]\nlisten = '[::]:80'\nbehind_proxy = true\n" + key + table, "f"))
            .server.address,
        "::");
}

}  // namespace
}  // namespace freshet::engine
