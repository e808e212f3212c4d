#include "tests/world/stepped_parts.h"

#include <utility>

#include "tests/support/must.h"

namespace freshet::support {
namespace {

using engine::AttributePath;
using engine::Catalog;
using engine::Direction;
using engine::ListView;
using engine::Pattern;
using engine::PatternValue;
using engine::Table;
using storage::ValueType;

AttributePath path(std::string_view text) {
    return must(AttributePath::parse(text));
}

ListView list(std::string name, std::vector<AttributePath> by, engine::SortPart sort) {
    ListView made;
    made.name = std::move(name);
    made.by = std::move(by);
    made.sort = {std::move(sort)};
    made.shape.all = true;
    return made;
}

std::unique_ptr<Table> orders() {
    auto table = std::make_unique<Table>();
    table->name = "orders";
    table->from = "orders-source";
    table->key = {{"pk", ValueType::string}};
    table->lists.push_back(
        list("my-orders", {path("creator")}, {path("createdAt"), Direction::descending}));
    table->lists.push_back(list("open-orders", {}, {path("createdAt"), Direction::descending}));
    table->lists.back().where =
        Pattern({Pattern::Rule{"status", {PatternValue(std::string("OPEN"))}, nullptr}});
    return table;
}

std::unique_ptr<Table> notes() {
    auto table = std::make_unique<Table>();
    table->name = "notes";
    table->from = "notes-source";
    table->key = {{"pk", ValueType::string}, {"sk", ValueType::number}};
    table->lists.push_back(list("notes-of", {path("pk")}, {path("rank"), Direction::ascending}));
    return table;
}

}  // namespace

std::shared_ptr<const Catalog> small_catalog() {
    std::vector<std::unique_ptr<Table>> tables;
    tables.push_back(orders());
    tables.push_back(notes());
    return std::make_shared<const Catalog>(std::move(tables));
}

SteppedParts::SteppedParts(std::unique_ptr<storage::DataFolder> folder,
                           std::shared_ptr<const Catalog> catalog)
    : catalog_(std::move(catalog)),
      folder_(std::move(folder)),
      metrics_(*catalog_),
      sequencer_(*catalog_, *folder_, clock_, metrics_, {}) {}

std::string SteppedParts::metrics_text() const {
    return metrics_.text(sequencer_.status(), folder_->usage());
}

Result<std::unique_ptr<SteppedParts>> SteppedParts::open(std::string path,
                                                         storage::StorageOptions options,
                                                         std::shared_ptr<const Catalog> catalog) {
    auto folder = storage::DataFolder::open(std::move(path), std::move(options));
    if (!folder) return fail(folder.error());
    std::unique_ptr<SteppedParts> engine(new SteppedParts(std::move(*folder), std::move(catalog)));
    const auto folded = engine->sequencer_.fold_log();
    if (!folded) return fail(folded.error());
    return engine;
}

}  // namespace freshet::support
