// What those who serve an app's pages beside its data rely on.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/systems/system.h"
#include "tests/world/tables.h"

namespace freshet::systems {
namespace {

// Nothing but what is for everybody can be had without a credential.
const std::string guarded = R"(
[auth]
[[auth.machines]]
name   = "forwarder"
rights = ["ingest:orders"]
sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)";

class WebTest : public ::testing::Test {
protected:
    WebTest()
        : system(with(support::server_section, "[server]\n", "[server]\nstatic = \"web\"\n") +
                 guarded + support::orders_table()) {
        write("index.html", "<script src='freshet.js' type='module'></script>");
        write("app.css", "body {}");
    }
    void SetUp() override { ASSERT_TRUE(system.start()); }

    void write(const std::string& name, const std::string& text) const {
        const auto folder = std::filesystem::path(system.config_path()).parent_path() / "web";
        std::filesystem::create_directories(folder);
        std::ofstream(folder / name) << text;
    }

    System system;
};

TEST_F(WebTest, ItsFilesAreForEverybody) {
    const HttpAnswer css = system.get("/app.css");
    EXPECT_EQ(css.status, 200);
    EXPECT_EQ(css.body, "body {}");
    EXPECT_EQ(css.header("content-type"), "text/css; charset=utf-8");
    EXPECT_EQ(css.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(css.header("cache-control"), "no-cache");
    const std::string tag = css.header("etag");
    EXPECT_EQ(system.get("/app.css", {"If-None-Match: " + tag}).status, 304);

    write("app.css", "body { color: red }");
    EXPECT_EQ(system.get("/app.css", {"If-None-Match: " + tag}).status, 200);
}

TEST_F(WebTest, ItsPageIsWhatABrowserSeesFirstAndTheIndexWhatAProgramSees) {
    const HttpAnswer page = system.get("/", {"Accept: text/html,application/xhtml+xml,*/*;q=0.8"});
    EXPECT_TRUE(contains(page.body, "<script")) << page.body;
    EXPECT_EQ(page.header("vary"), "Accept");

    EXPECT_EQ(system.get("/").status, 401);
    EXPECT_EQ(system.get("/none.css").status, 401) << "nobody is told what is not there";
    EXPECT_EQ(system.post("", "/app.css").status, 401);
}

TEST_F(WebTest, TheClientForBrowsersIsThereForEverybody) {
    const HttpAnswer client = system.get("/freshet.js");
    EXPECT_EQ(client.status, 200);
    EXPECT_EQ(client.header("content-type"), "text/javascript; charset=utf-8");
    EXPECT_TRUE(contains(client.body, "export")) << client.body.substr(0, 200);
    EXPECT_EQ(system.get("/freshet.js", {"If-None-Match: " + client.header("etag")}).status, 304);
}

TEST(WebFolder, ThatHoldsWhatNobodyShallSeeIsRefusedAtTheStartAndByCheck) {
    const std::string server = with(support::server_section, "[server]\n", "[server]\n%\n");
    const std::string key = "[auth]\nkeys = [{ id = 'k', algorithm = 'HS256', file = 'web/k' }]\n";
    const std::string certificate = "static = 'web'\ntls = { certificate = 'web/c', key = 'k' }";
    for (const std::string& config :
         {with(server, "%", "static = '.'"),
          with(with(server, "%", "static = 'web'"), "\"data\"", "\"web/data\""),
          with(server, "%", "static = 'web'") + key, with(server, "%", certificate)}) {
        System system(config + support::orders_table());
        const ProcessEnd end = run({"check", system.config_path()});
        EXPECT_NE(end.exit_code, 0) << config;
        EXPECT_TRUE(contains(end.errors, "expected a folder with nothing but pages"))
            << config << end.errors;
    }
    System system(with(server, "%", "static = '.'") + support::orders_table());
    const ProcessEnd end = run({"serve", "--config", system.config_path()});
    EXPECT_TRUE(contains(end.errors, "expected a folder with nothing but pages")) << end.errors;
}

}  // namespace
}  // namespace freshet::systems
