#include "tests/systems/storefront.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
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
constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds moment{20};
constexpr const char* start_heading = "\n## Start\n";
constexpr const char* kitchen_key = "kitchen-c81f4e0a9d3b7265";

// Three ports on which nobody listens.
std::vector<std::uint16_t> closed_ports() {
    std::set<std::uint16_t> ports;
    while (ports.size() < 3) ports.insert(closed_port());
    return {ports.begin(), ports.end()};
}

}  // namespace

Storefront::Storefront()
    : freshet_(support::freshet_program(), folder_.file("examples/storefront/freshet.toml")) {
    const std::vector<std::uint16_t> ports = closed_ports();
    freshet_port_ = ports[0];
    back_end_port_ = ports[1];
    nginx_port_ = ports[2];
    readme_ = with_ports(source_file("examples/storefront/README.md"));
    const std::size_t start = readme_.find(start_heading);
    set_up_ = session_in(readme_.substr(0, start));
    look_around_ = session_in(readme_.substr(start));

    for (const char* path :
         {"examples/pizza/records.jsonl", "examples/proxies/nginx.conf",
          "examples/storefront/freshet.toml", "examples/storefront/nginx.conf",
          "examples/storefront/server.mjs", "examples/storefront/public/index.html",
          "examples/storefront/public/page.js"}) {
        fs::create_directories(fs::path(folder_.file(path)).parent_path());
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

std::string Storefront::with_ports(std::string text) const {
    text = with_all(std::move(text), "listen 8443", "listen 127.0.0.1:8443");
    text = with_all(std::move(text), "8443", std::to_string(nginx_port_));
    text = with_all(std::move(text), ":8080", ":" + std::to_string(freshet_port_));
    return with_all(std::move(text), "3000", std::to_string(back_end_port_));
}

void Storefront::run(const std::vector<SessionCommand>& commands) const {
    for (const SessionCommand& command : commands) {
        ShellCommand running("cd '" + folder_.path() + "'\n" + command.text);
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!running.ended() && std::chrono::steady_clock::now() < deadline) {
            running.read(moment);
        }
        EXPECT_TRUE(running.ended()) << "does not end: " << command.text;
        EXPECT_TRUE(is_as_shown(running.output(), command.answer, Extent::whole))
            << command.text << "\nprints\n"
            << running.output() << running.errors() << "and is to print\n"
            << command.answer;
    }
}

void Storefront::start_freshet() {
    ASSERT_TRUE(freshet_.start()) << freshet_.wait().errors;
    support::HttpClient client(freshet_port_);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (client.get("/readyz").status != 200) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the server does not get ready";
        std::this_thread::yield();
    }
}

void Storefront::kill_freshet() {
    EXPECT_EQ(freshet_.kill().signal, 9);
}

std::vector<std::string> Storefront::command_with(const std::string& part,
                                                  const std::string& settings,
                                                  const std::string& more) const {
    const std::size_t at = readme_.find(part);
    EXPECT_NE(at, std::string::npos) << part << " is not in the README";
    const std::size_t begin = readme_.rfind('\n', at) + 1;
    const std::string line = readme_.substr(begin, readme_.find('\n', at) - begin);
    return {"/bin/bash", "-c", "cd '" + folder_.path() + "' && exec env " + settings + line + more};
}

void Storefront::start_the_rest(int cookie_life_s) {
    back_end_.emplace(command_with(" node examples/storefront/server.mjs",
                                   "TTL_S=" + std::to_string(cookie_life_s) + " ", ""));
    nginx_.emplace(command_with("/usr/sbin/nginx -p", "", " -g 'master_process off;'"));
    await_listener(back_end_port_);
    await_listener(nginx_port_);
}

void Storefront::append(const std::string& body) const {
    const auto answer = support::HttpClient(freshet_port_)
                            .request("POST", "/records",
                                     {"Content-Type: application/json",
                                      std::string("Authorization: Bearer ") + kitchen_key},
                                     body);
    EXPECT_EQ(answer.status, 200) << answer.body;
}

std::optional<std::string> Storefront::back_end_says(const std::string& part) {
    return back_end_->await_error_line(part);
}

std::string Storefront::url() const {
    return "https://localhost:" + std::to_string(nginx_port_) + "/";
}

}  // namespace freshet::systems
