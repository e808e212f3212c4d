#include "tests/world/shop.h"

#include <filesystem>
#include <utility>

#include "engine/catalog/item_key.h"
#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::support {
namespace {

constexpr const char* config = R"(
[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "order"
fields = ["id=pk", "status"]

[[table.list]]
name   = "my-orders"
by     = "creator"
sort   = "createdAt desc"
fields = ["id=pk"]

[[table.list]]
name   = "open-orders"
where  = { status = [{ anything-but = "COMPLETED" }] }
sort   = ["createdAt desc"]
fields = ["id=pk"]

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

Shop::Shop() : Shop(std::string(config)) {}

Shop::Shop(const std::string& config)
    : catalog_(must(engine::parse_config(config, "shop.toml")).catalog) {
    must(open());
}

Result<void> Shop::open() {
    engine::EngineOptions options;
    options.path = folder_.file("data");
    options.sequencer.slice_items = 2;
    options.clock = &clock_;
    engine_ = must(engine::Engine::open(catalog_, std::move(options)));
    return engine_->sequencer().fold_log();
}

void Shop::restart(bool delete_state) {
    engine_.reset();
    if (delete_state) std::filesystem::remove_all(folder_.file("data/state"));
    must(open());
}

Result<void> Shop::reconfigure(const std::string& config) {
    engine_.reset();
    catalog_ = must(engine::parse_config(config, "shop.toml")).catalog;
    return open();
}

storage::Change Shop::change(storage::ChangeKind kind, const Order& order) {
    storage::Change change;
    change.table = "orders";
    change.kind = kind;
    change.source = order.source;
    change.label = order.label;
    change.sequence =
        must(storage::SequenceNumber::parse(order.sequence.value_or(std::to_string(++sequence_))));
    change.keys = image_of({{"pk", order.id}});
    const auto key = engine::item_key(*catalog_->table("orders"), change.keys->view());
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

engine::ChangeBatch Shop::batch_of(std::vector<storage::Change> changes) {
    engine::ChangeBatch batch;
    for (storage::Change& change : changes) {
        std::string sequence = change.sequence.text();
        batch.records.push_back({.change = std::move(change), .sequence = std::move(sequence)});
    }
    return batch;
}

Result<engine::Receipt> Shop::append(engine::ChangeBatch batch) {
    std::optional<Result<engine::Receipt>> answer;
    engine_->append(std::move(batch),
                    [&answer](Result<engine::Receipt> receipt) { answer = std::move(receipt); });
    if (!answer) engine_->sequencer().step();
    return std::move(*answer);
}

Result<engine::Receipt> Shop::append(std::vector<storage::Change> changes, bool partial) {
    engine::ChangeBatch batch = batch_of(std::move(changes));
    batch.partial = partial;
    return append(std::move(batch));
}

std::shared_ptr<const engine::ReadPoint> Shop::now() const {
    return must(engine_->read_point());
}

std::optional<std::string> Shop::order(const std::string& id) const {
    const auto* view = std::get<const engine::ItemView*>(catalog_->view("order"));
    auto item = must(now()->item(*view, {id}, *engine::everybody()));
    if (!item) return std::nullopt;
    return std::move(item->json);
}

std::vector<std::string> Shop::list(const std::string& name,
                                    const std::vector<std::string>& partition) const {
    const auto* list = std::get<const engine::ListView*>(catalog_->view(name));
    const auto page = must(now()->page(*list, {.partition = partition}, *engine::everybody()));
    std::vector<std::string> ids;
    for (const std::string& item : page.items) {
        const std::string head = "{\"id\":\"";
        ids.push_back(item.substr(head.size(), item.size() - head.size() - 2));
    }
    return ids;
}

}  // namespace freshet::support
