#include "tests/systems/shop_pages.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/checkout.h"
#include "tests/systems/proxy.h"
#include "tests/systems/shell_command.h"
#include "tests/systems/system.h"

namespace freshet::systems {

namespace {

namespace fs = std::filesystem;

// Reached only by what hangs.
constexpr std::chrono::seconds shop_patience{20};
constexpr std::chrono::milliseconds short_while{20};
constexpr const char* heading_of_start = "\n## Start\n";
constexpr const char* sign_in_command = " node examples/shop/signin.mjs";

}  // namespace

ShopPages::ShopPages()
    : freshet_port_(closed_port()),
      sign_in_port_(static_cast<std::uint16_t>(freshet_port_ + 1)),
      readme_(with_ports(source_file("examples/shop/README.md"))),
      freshet_(support::freshet_program(), folder_.file("examples/shop/freshet.toml")) {
    const std::size_t start = readme_.find(heading_of_start);
    set_up_ = session_in(readme_.substr(0, start));
    look_around_ = session_in(readme_.substr(start));

    fs::create_directories(folder_.file("examples/pizza"));
    fs::create_directories(folder_.file("examples/shop"));
    fs::copy(support::source_folder() + "/examples/shop/web", folder_.file("examples/shop/web"));
    for (const char* path : {"examples/pizza/records.jsonl", "examples/shop/freshet.toml",
                             "examples/shop/signin.mjs"}) {
        std::ofstream(folder_.file(path), std::ios::binary) << with_ports(source_file(path));
    }
    // The commands of the program ask the port of the documents unless they are told another.
    fs::create_directories(folder_.file("build/release"));
    const std::string program = folder_.file("build/release/freshet");
    std::ofstream(program) << "#!/bin/bash\n[ \"$1\" != append ] || set -- \"$@\" --server "
                           << "http://127.0.0.1:" << freshet_port_ << "\nexec '"
                           << support::freshet_program() << "' \"$@\"\n";
    fs::permissions(program, fs::perms::owner_all);
}

std::string ShopPages::with_ports(std::string text) const {
    text = with_all(std::move(text), ":8080", ":" + std::to_string(freshet_port_));
    return with_all(std::move(text), ":8081", ":" + std::to_string(sign_in_port_));
}

void ShopPages::run(const std::vector<SessionCommand>& commands) const {
    for (const SessionCommand& command : commands) {
        ShellCommand running("cd '" + folder_.path() + "'\n" + command.text);
        const auto deadline = std::chrono::steady_clock::now() + shop_patience;
        while (!running.ended() && std::chrono::steady_clock::now() < deadline) {
            running.read(short_while);
        }
        EXPECT_TRUE(running.ended()) << "does not end: " << command.text;
        EXPECT_TRUE(is_as_shown(running.output(), command.answer, Extent::whole))
            << command.text << "\nprints\n"
            << running.output() << running.errors() << "and is to print\n"
            << command.answer;
    }
}

void ShopPages::start_freshet() {
    ASSERT_TRUE(freshet_.start()) << freshet_.wait().errors;
    support::HttpClient client(freshet_port_);
    const auto deadline = std::chrono::steady_clock::now() + shop_patience;
    while (client.get("/readyz").status != 200) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the server does not get ready";
        std::this_thread::yield();
    }
}

void ShopPages::stop_freshet() {
    freshet_.begin_to_stop();
    const support::ProcessEnd end = freshet_.wait();
    EXPECT_EQ(end.exit_code, 0) << end.errors;
}

void ShopPages::kill_freshet() {
    EXPECT_EQ(freshet_.kill().signal, 9);
}

void ShopPages::start_sign_in(int token_life_s) {
    const std::size_t at = readme_.find(sign_in_command);
    ASSERT_NE(at, std::string::npos) << sign_in_command << " is not in the README";
    const std::size_t begin = readme_.rfind('\n', at) + 1;
    const std::string line = readme_.substr(begin, readme_.find('\n', at) - begin);
    const std::string life = "TTL_S=" + std::to_string(token_life_s);
    const std::string command = "cd '" + folder_.path() + "' && exec env " + life + " " + line;
    sign_in_.emplace(std::vector<std::string>{"/bin/bash", "-c", command});
    await_listener(sign_in_port_);
}

std::string ShopPages::admin_token() const {
    const ProcessEnd end =
        systems::run({"token", "--key", folder_.file("examples/shop/keys/signing.pem"), "--id",
                      "shop", "--role", "admin"});
    EXPECT_EQ(end.exit_code, 0) << end.errors;
    return end.output.substr(0, end.output.find('\n'));
}

std::string ShopPages::url() const {
    return "http://127.0.0.1:" + std::to_string(freshet_port_) + "/";
}

}  // namespace freshet::systems
