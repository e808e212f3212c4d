#include "tests/world/tables.h"

#include "engine/config/config.h"
#include "tests/support/must.h"

namespace freshet::support {
namespace {

std::string table(std::string_view name, std::string_view key, std::string_view more) {
    return "\n[[table]]\nname = \"" + std::string(name) + "\"\nkey  = [" + std::string(key) +
           "]\n" + std::string(more);
}

// What follows a list's name and `by` or `where`.
std::string sorted(std::string_view sort) {
    return "sort = \"" + std::string(sort) + "\"\nlike = \"order\"\n";
}

}  // namespace

std::string orders_table(std::string_view more) {
    return table("orders", "\"pk\"", more) + R"(
[[table.view]]
name   = "order"
fields = ["id=pk", "status"]
)";
}

std::string my_orders(std::string_view sort) {
    return R"(
[[table.list]]
name = "my-orders"
by   = "creator"
)" + sorted(sort);
}

std::string all_orders(std::string_view sort) {
    return R"(
[[table.list]]
name = "all-orders"
)" + sorted(sort);
}

std::string open_orders(std::string_view sort) {
    return R"(
[[table.list]]
name  = "open-orders"
where = { status = [{ anything-but = "COMPLETED" }] }
)" + sorted(sort);
}

std::string notes_table(std::string_view more) {
    return table("notes", R"("pk", "sk number")", more) + R"(
[[table.list]]
name   = "notes-of"
by     = "pk"
sort   = "rank"
fields = ["*"]
)";
}

std::string lines_table() {
    return table("lines", R"("pk", "sk number")", {}) + R"(
[[table.view]]
name   = "line"
fields = ["*"]
)";
}

std::shared_ptr<const engine::Catalog> small_catalog() {
    const std::string configuration = orders_table("from = \"orders-source\"\n") + my_orders() +
                                      open_orders() + notes_table("from = \"notes-source\"\n");
    return must(engine::parse_config(configuration, "shop.toml")).catalog;
}

}  // namespace freshet::support
