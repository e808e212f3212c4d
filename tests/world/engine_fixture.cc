#include "tests/world/engine_fixture.h"

#include <optional>
#include <utility>

#include "tests/support/must.h"

namespace freshet::support {
namespace {

using engine::AttributePath;
using engine::Catalog;
using engine::ChangeBatch;
using engine::Direction;
using engine::ListView;
using engine::Pattern;
using engine::PatternValue;
using engine::Receipt;
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

SteppedEngine::SteppedEngine(std::unique_ptr<storage::DataFolder> folder,
                             std::shared_ptr<const Catalog> catalog)
    : catalog_(std::move(catalog)),
      folder_(std::move(folder)),
      metrics_(*catalog_),
      sequencer_(*catalog_, *folder_, clock_, metrics_, {}) {}

std::string SteppedEngine::metrics_text() const {
    return metrics_.text(sequencer_.status(), folder_->usage());
}

Result<std::unique_ptr<SteppedEngine>> SteppedEngine::open(std::string path,
                                                           storage::StorageOptions options,
                                                           std::shared_ptr<const Catalog> catalog) {
    auto folder = storage::DataFolder::open(std::move(path), std::move(options));
    if (!folder) return fail(folder.error());
    std::unique_ptr<SteppedEngine> engine(
        new SteppedEngine(std::move(*folder), std::move(catalog)));
    const auto folded = engine->sequencer_.fold_log();
    if (!folded) return fail(folded.error());
    return engine;
}

std::vector<Result<Receipt>> SteppedEngine::append_group(std::vector<ChangeBatch> batches) {
    std::vector<Result<Receipt>> answers(batches.size(),
                                         fail(Errc::unavailable, "nobody has answered"));
    for (std::size_t i = 0; i < batches.size(); ++i) {
        sequencer_.submit(std::move(batches[i]), [&answers, i](Result<Receipt> answer) {
            answers[i] = std::move(answer);
        });
    }
    sequencer_.step();
    return answers;
}

Result<Receipt> SteppedEngine::append(ChangeBatch batch) {
    std::vector<ChangeBatch> batches;
    batches.push_back(std::move(batch));
    return std::move(append_group(std::move(batches)).front());
}

}  // namespace freshet::support
