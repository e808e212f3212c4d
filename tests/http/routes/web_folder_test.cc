// What http/routes/web_folder.h promises, by example.

#include "http/routes/web_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

namespace fs = std::filesystem;
using support::must;

class WebFolderTest : public ::testing::Test {
protected:
    WebFolderTest() {
        write("secret.txt", "the secret");
        write("web/index.html", "<h1>");
        write("web/app.js", "go()");
        write("web/empty.css", "");
        write("web/shop/index.html", "<h2>");
        write("web/shop/two words.txt", "two");
        write("web/.env", "KEY=1");
        write("web/.git/config", "[core]");
        fs::create_symlink("../secret.txt", at("web/link.txt"));
        fs::create_directory_symlink("..", at("web/up"));
        fs::create_hard_link(at("web/app.js"), at("web/same.mjs"));
        ::mkfifo(at("web/pipe").c_str(), 0600);
    }

    [[nodiscard]] std::string at(const std::string& path) const {
        return folder.path() + "/" + path;
    }
    void write(const std::string& path, const std::string& text) const {
        fs::create_directories(fs::path(at(path)).parent_path());
        std::ofstream(at(path)) << text;
    }
    // The file's type and bytes; "none" if there is none.
    std::string read(const std::string& target) {
        const auto parsed = parse_target(target);
        if (!parsed) return "none";
        const auto file = must(web().read(*parsed));
        return file ? std::string(file->type) + " " + file->bytes : "none";
    }
    const WebFolder& web() {
        if (!web_) web_ = must(WebFolder::open(at("web"), {}));
        return *web_;
    }
    [[nodiscard]] bool opens(const std::string& path, const std::string& secret) const {
        return WebFolder::open(path, {secret}).has_value();
    }

    support::TempFolder folder;
    std::unique_ptr<const WebFolder> web_;
};

TEST_F(WebFolderTest, ServesEachFileUnderItsPathAndWithItsType) {
    EXPECT_EQ(read("/app.js"), "text/javascript; charset=utf-8 go()");
    EXPECT_EQ(read("/same.mjs"), "text/javascript; charset=utf-8 go()");
    EXPECT_EQ(read("/empty.css"), "text/css; charset=utf-8 ");
    EXPECT_EQ(read("/shop/two%20words.txt"), "text/plain; charset=utf-8 two");
    EXPECT_EQ(read("/"), "text/html; charset=utf-8 <h1>");
    EXPECT_EQ(read("/index.html"), "text/html; charset=utf-8 <h1>");
    EXPECT_EQ(read("/shop/"), "text/html; charset=utf-8 <h2>");
    EXPECT_EQ(read("/shop/index.html?v=2"), "text/html; charset=utf-8 <h2>");
}

TEST_F(WebFolderTest, ServesNothingElse) {
    for (const std::string target :
         {"/none.js", "/shop", "/APP.JS", "/app.js/", "/app.js/x", "/.env", "/.git/config",
          "/link.txt", "/up/secret.txt", "/up/web/app.js", "/../secret.txt", "/%2e%2e/secret.txt",
          "/..%2fsecret.txt", "/shop%2findex.html", "/app.js%00.html", "/pipe", "//app.js",
          "/./app.js", "/shop//index.html"}) {
        EXPECT_EQ(read(target), "none") << target;
    }
}

TEST_F(WebFolderTest, ShowsAFileAsItIsAtTheMoment) {
    EXPECT_EQ(read("/app.js"), "text/javascript; charset=utf-8 go()");
    write("web/app.js", "stay()");
    EXPECT_EQ(read("/app.js"), "text/javascript; charset=utf-8 stay()");
    fs::remove(at("web/app.js"));
    EXPECT_EQ(read("/app.js"), "none");
}

TEST_F(WebFolderTest, RefusesAFileThatIsTooLong) {
    fs::resize_file(at("web/app.js"), web_file_bytes_max);
    EXPECT_TRUE(web().read(must(parse_target("/app.js"))));
    fs::resize_file(at("web/app.js"), web_file_bytes_max + 1);
    EXPECT_EQ(web().read(must(parse_target("/app.js"))).error().code, Errc::too_large);
}

TEST_F(WebFolderTest, IsNotMixedWithWhatNobodyShallSee) {
    fs::create_directory_symlink("web", at("alias"));
    for (const std::string& path : {at("web"), at("web/"), at("web/../web"), at("alias")}) {
        for (const std::string& secret :
             {at("web"), at("web/data"), at("web/shop/key.pem"), folder.path(), at("alias/data")}) {
            EXPECT_FALSE(opens(path, secret)) << path << " " << secret;
        }
        for (const std::string& secret : {at("data"), at("webdata"), at("secret.txt")}) {
            EXPECT_TRUE(opens(path, secret)) << path << " " << secret;
        }
    }
}

TEST_F(WebFolderTest, HasToBeThere) {
    EXPECT_EQ(WebFolder::open(at("none"), {}).error().code, Errc::io);
    EXPECT_EQ(WebFolder::open(at("secret.txt"), {}).error().code, Errc::io);
}

}  // namespace
}  // namespace freshet::http
