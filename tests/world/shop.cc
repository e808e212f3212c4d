#include "tests/world/shop.h"

#include <utility>

#include "tests/support/must.h"
#include "tests/world/item_keys.h"
#include "tests/world/tables.h"

namespace freshet::support {
namespace {

constexpr const char* events = R"(
[[table.event]]
type = "placed"
on   = "INSERT"
data = ["id=pk"]

[[table.event]]
type    = "status-updated"
topic   = "{pk}-status"
on      = "MODIFY"
changed = ["status"]
data    = ["id=pk", "status"]

[[table.event]]
type = "canceled"
on   = "REMOVE"
)";

}  // namespace

Shop::Shop() : Shop(orders_table("owner = \"creator\"\n") + my_orders() + open_orders() + events) {}

Shop::Shop(const std::string& config) : SteppedEngine(config, {.slice_items = 2}) {}

storage::Change Shop::next(storage::ChangeKind kind, Order order) {
    ++sequence_;
    if (!order.sequence) order.sequence = std::to_string(sequence_);
    return keyed(catalog(), change_of(kind, order));
}

std::optional<std::string> Shop::order(const std::string& id) const {
    const auto* view = std::get<const engine::ItemView*>(catalog().view("order"));
    auto item = must(now()->item(*view, {id}, *engine::everybody()));
    if (!item) return std::nullopt;
    return std::move(item->json);
}

std::vector<std::string> Shop::list(const std::string& name,
                                    const std::vector<std::string>& partition) const {
    const auto* list = std::get<const engine::ListView*>(catalog().view(name));
    const auto page = must(now()->page(*list, {.partition = partition}, *engine::everybody()));
    std::vector<std::string> ids;
    for (const std::string& item : page.items) {
        const std::string head = "{\"id\":\"";
        ids.push_back(item.substr(head.size(), item.find('"', head.size()) - head.size()));
    }
    return ids;
}

}  // namespace freshet::support
