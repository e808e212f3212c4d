#include "bench/harness/server_config.h"

#include <string_view>

#include "bench/harness/pizza_config.h"

namespace freshet::bench {
namespace {

constexpr std::string_view head = "[server]\nlisten = \"127.0.0.1:0\"\nthreads = 1\n\n";

constexpr std::string_view table_mark = "[[table]]";

// What it declares of orders that expire.
constexpr std::string_view expiring_table = R"(
name    = "orders"
key     = ["pk"]
expires = "expiresAt"

[[table.view]]
name   = "order"
fields = ["id=pk", "createdAt", "status", "numItems", "items", "expiresAt"]

[[table.list]]
name   = "orders-by-status"
by     = "status"
sort   = "createdAt desc"
fields = ["id=pk", "createdAt"]
)";

// Of that name, if there are lines.
std::string section(const std::string& name, const std::vector<std::string>& lines) {
    if (lines.empty()) return "";
    std::string text = '[' + name + "]\n";
    for (const std::string& line : lines) text += line + '\n';
    return text + '\n';
}

std::string section_of(const FunctionOptions& function) {
    return "\n[[function]]\nname = \"" + function.name +
           "\"\ntable = \"orders\"\nurl = \"http://127.0.0.1:" + std::to_string(function.port) +
           "/\"\nbatch_size = " + std::to_string(function_batch) +
           "\nparallelization_factor = " + std::to_string(function.lanes) + '\n';
}

}  // namespace

std::string server_config(const std::vector<std::string>& storage,
                          const std::vector<std::string>& limits, const TableOptions& table) {
    std::vector<std::string> lines = {"path = \"data\""};
    lines.insert(lines.end(), storage.begin(), storage.end());
    std::string text(head);
    text += section("storage", lines) + section("limits", limits);
    text += table_mark;
    if (table.is_direct) text += "\nsource = \"direct\"";
    text += table.expires ? expiring_table
                          : pizza_config.substr(pizza_config.find(table_mark) + table_mark.size());
    for (const FunctionOptions& function : table.functions) text += section_of(function);
    return text;
}

}  // namespace freshet::bench
