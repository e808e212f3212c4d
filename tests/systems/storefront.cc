#include "tests/systems/storefront.h"

#include <gtest/gtest.h>

#include "tests/readers/http_client.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/proxy.h"

namespace freshet::systems {

namespace {

constexpr const char* kitchen_key = "kitchen-c81f4e0a9d3b7265";

}  // namespace

Storefront::Storefront()
    : Storefront({.freshet = closed_port(), .back_end = closed_port(), .nginx = closed_port()}) {}

Storefront::Storefront(const Ports& ports)
    : RunningExample("storefront", ports.freshet,
                     {{"listen 8443", "listen 127.0.0.1:8443"},
                      {"8443", std::to_string(ports.nginx)},
                      {":8080", ":" + std::to_string(ports.freshet)},
                      {"3000", std::to_string(ports.back_end)}},
                     {"examples/pizza/records.jsonl", "examples/proxies/nginx.conf",
                      "examples/storefront/freshet.toml", "examples/storefront/nginx.conf",
                      "examples/storefront/server.mjs", "examples/storefront/public/index.html",
                      "examples/storefront/public/page.js"}),
      ports_(ports) {}

void Storefront::start_the_rest(int cookie_life_s) {
    back_end_.emplace(command_with(" node examples/storefront/server.mjs",
                                   "TTL_S=" + std::to_string(cookie_life_s) + " ", ""));
    nginx_.emplace(command_with("/usr/sbin/nginx -p", "", " -g 'master_process off;'"));
    await_listener(ports_.back_end);
    await_listener(ports_.nginx);
}

void Storefront::append(const std::string& body) const {
    const auto answer = support::HttpClient(freshet_port())
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
    return "https://localhost:" + std::to_string(ports_.nginx) + "/";
}

}  // namespace freshet::systems
