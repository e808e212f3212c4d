#include "tests/world/shop.h"

#include <utility>

#include "engine/catalog/item_key.h"
#include "tests/support/must.h"
#include "tests/world/images.h"
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

storage::Change Shop::change(storage::ChangeKind kind, const Order& order) {
    storage::Change change;
    change.table = "orders";
    change.kind = kind;
    change.source = order.source;
    change.label = order.label;
    change.sequence =
        must(storage::SequenceNumber::parse(order.sequence.value_or(std::to_string(++sequence_))));
    change.keys = image_of({{"pk", order.id}});
    const auto key = engine::item_key(*catalog().table("orders"), change.keys->view());
    change.key = key.value();
    return change;
}

storage::Change Shop::inserted(const Order& order) {
    storage::Change made = change(storage::ChangeKind::insert, order);
    auto attributes = order.attributes;
    attributes["pk"] = order.id;
    made.after = image_of(attributes);
    return made;
}

storage::Change Shop::modified(const Order& order) {
    storage::Change made = inserted(order);
    made.kind = storage::ChangeKind::modify;
    return made;
}

storage::Change Shop::removed(const Order& order) {
    return change(storage::ChangeKind::remove, order);
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
