#include "bench/harness/server_config.h"

#include <string_view>

#include "bench/harness/pizza_config.h"

namespace freshet::bench {
namespace {

constexpr std::string_view head = "[server]\nlisten = \"127.0.0.1:0\"\nthreads = 1\n\n";

// Of that name, if there are lines.
std::string section(const std::string& name, const std::vector<std::string>& lines) {
    if (lines.empty()) return "";
    std::string text = '[' + name + "]\n";
    for (const std::string& line : lines) text += line + '\n';
    return text + '\n';
}

}  // namespace

std::string server_config(const std::vector<std::string>& storage,
                          const std::vector<std::string>& limits, bool is_direct) {
    std::vector<std::string> lines = {"path = \"data\""};
    lines.insert(lines.end(), storage.begin(), storage.end());
    std::string text(head);
    text += section("storage", lines) + section("limits", limits);
    const std::string_view table = "[[table]]";
    text += table;
    if (is_direct) text += "\nsource = \"direct\"";
    return text.append(pizza_config.substr(pizza_config.find(table) + table.size()));
}

}  // namespace freshet::bench
