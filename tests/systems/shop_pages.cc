#include "tests/systems/shop_pages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "tests/support/places.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/proxy.h"
#include "tests/systems/system.h"

namespace freshet::systems {

ShopPages::ShopPages() : ShopPages(closed_port()) {}

ShopPages::ShopPages(std::uint16_t port)
    : RunningExample(
          "shop", port,
          {{":8080", ":" + std::to_string(port)}, {":8081", ":" + std::to_string(next_to(port))}},
          {"examples/shop/freshet.toml", "examples/shop/guests.mjs", "examples/shop/signin.mjs"}) {
    std::filesystem::copy(support::source_folder() + "/examples/shop/web",
                          path("examples/shop/web"));
}

void ShopPages::start_sign_in(int token_life_s) {
    sign_in_.emplace(command_with(" node examples/shop/signin.mjs",
                                  "TTL_S=" + std::to_string(token_life_s) + " ", ""));
    await_listener(sign_in_port());
}

support::ChildProcess ShopPages::guests(int orders) const {
    return support::ChildProcess(
        command_with(" node examples/shop/guests.mjs", "", " --once " + std::to_string(orders)));
}

std::string ShopPages::token(const std::string& role, const std::string& name) const {
    std::vector<std::string> words = {
        "token", "--key", path("examples/shop/keys/signing.pem"), "--id", "shop", "--role", role};
    if (!name.empty()) words.insert(words.end(), {"--sub", name});
    const ProcessEnd end = systems::run(std::move(words));
    EXPECT_EQ(end.exit_code, 0) << end.errors;
    return end.output.substr(0, end.output.find('\n'));
}

std::string ShopPages::url() const {
    return "http://127.0.0.1:" + std::to_string(freshet_port()) + "/";
}

}  // namespace freshet::systems
