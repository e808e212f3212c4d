#include "bench/harness/server_config.h"

#include <string_view>

#include "bench/harness/pizza_config.h"

namespace freshet::bench {
namespace {

constexpr std::string_view head =
    "[server]\nlisten = \"127.0.0.1:0\"\nthreads = 1\n\n"
    "[limits]\nconnections = 20000\n\n[storage]\npath = \"data\"\n";

}  // namespace

std::string server_config(const std::vector<std::string>& storage) {
    std::string text(head);
    for (const std::string& line : storage) text += line + '\n';
    text += '\n';
    return text.append(pizza_config.substr(pizza_config.find("[[table]]")));
}

}  // namespace freshet::bench
