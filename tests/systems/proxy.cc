#include "tests/systems/proxy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/checkout.h"
#include "tests/systems/system.h"

namespace freshet::systems {

namespace {

namespace fs = std::filesystem;

// Reached only by what hangs, or is not installed.
constexpr std::chrono::seconds patience{20};

std::string replaced(const std::string& text, const std::string& form, const std::string& with) {
    const std::regex regex(form);
    EXPECT_TRUE(std::regex_search(text, regex)) << form << " is not in " << text;
    return std::regex_replace(text, regex, with);
}

std::string file_of(const std::string& kind) {
    if (kind.starts_with("nginx")) return "nginx.conf";
    return kind == "haproxy" ? "haproxy.cfg" : "Caddyfile";
}

// The file of examples/proxies, listening on `port` in the clear.
std::string in_the_clear(const std::string& kind, const std::string& port) {
    const std::string text = source_file("examples/proxies/" + file_of(kind));
    if (kind.starts_with("nginx")) {
        const std::string protocol = kind == "nginx" ? "" : " http2";
        return replaced(
            replaced(text, "listen 8443 ssl http2;", "listen 127.0.0.1:" + port + protocol + ";"),
            " +ssl_certificate[^\n]*\n", "");
    }
    if (kind == "haproxy") return replaced(text, "bind :8443[^\n]*", "bind 127.0.0.1:" + port);
    return "{\n\tadmin off\n}\n" +
           replaced(replaced(text, "https://localhost:8443", "http://:" + port), "tls [^\n]*",
                    "bind 127.0.0.1");
}

}  // namespace

void await_listener(std::uint16_t port) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        try {
            const support::HttpClient client(port);
            return;
        } catch (const std::runtime_error&) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline)
                << "nobody listens on port " << port;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
}

Proxy::Proxy(const std::string& kind, std::uint16_t freshet, std::uint16_t application)
    : port_(closed_port()) {
    std::string config = in_the_clear(kind, std::to_string(port_));
    config = replaced(config, "127.0.0.1:8080", "127.0.0.1:" + std::to_string(freshet));
    config = replaced(config, "127.0.0.1:3000", "127.0.0.1:" + std::to_string(application));
    fs::create_directories(folder_.file("proxies"));
    std::ofstream(folder_.file("proxies/" + file_of(kind)), std::ios::binary) << config;
    start(kind);
    await_listener(port_);
    if (::testing::Test::HasFatalFailure()) {
        process_->send(SIGTERM);
        ADD_FAILURE() << "tools/setup test installs " << kind << ": " << process_->wait().errors;
    }
}

// In one process, which ends with the test.
void Proxy::start(const std::string& kind) {
    const std::string file = folder_.file("proxies/" + file_of(kind));
    if (kind.starts_with("nginx")) {
        // The main configuration includes the file, and names where nginx may write.
        fs::create_directories(folder_.file("storefront/data/nginx"));
        fs::copy(support::source_folder() + "/examples/storefront/nginx.conf",
                 folder_.file("storefront"));
        process_.emplace(std::vector<std::string>{"/usr/sbin/nginx", "-p",
                                                  folder_.file("storefront"), "-c", "nginx.conf",
                                                  "-g", "master_process off;"});
    } else if (kind == "haproxy") {
        process_.emplace(std::vector<std::string>{"/usr/sbin/haproxy", "-db", "-f", file});
    } else {
        process_.emplace(std::vector<std::string>{"/usr/bin/env", "HOME=" + folder_.path(),
                                                  "/usr/bin/caddy", "run", "--adapter", "caddyfile",
                                                  "--config", file});
    }
}

}  // namespace freshet::systems
