#include "tests/support/board.h"

#include <filesystem>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/random_changes.h"

namespace freshet::support {

using storage::ChangeKind;
using storage::ValueType;

Value text_value(std::string text) {
    return {.type = ValueType::string, .text = std::move(text)};
}

Value number_value(std::string text) {
    return {.type = ValueType::number, .text = std::move(text)};
}

Board::Board(std::string configuration) : configuration_(std::move(configuration)) {
    open();
}

SentRecord Board::record(ChangeKind kind, const std::string& pk, std::optional<Attributes> after) {
    SentRecord record;
    record.table = "things";
    record.kind = kind;
    record.sequence = std::to_string(++sequence_);
    record.keys["pk"] = text_value(pk);
    record.after = std::move(after);
    if (record.after) (*record.after)["pk"] = record.keys["pk"];
    return record;
}

void Board::put(const std::string& pk, Attributes attributes) {
    take({record(ChangeKind::modify, pk, std::move(attributes))});
}

void Board::remove(const std::string& pk) {
    take({record(ChangeKind::remove, pk, std::nullopt)});
}

std::size_t Board::take(const std::vector<SentRecord>& batch) {
    std::optional<Result<engine::Receipt>> receipt;
    engine_->append(batch_of(batch, *catalog_),
                    [&](Result<engine::Receipt> answer) { receipt = std::move(answer); });
    while (engine_->sequencer().step()) {
    }
    return must(*std::move(receipt)).appended;
}

void Board::restart(bool delete_state) {
    engine_.reset();
    if (delete_state) std::filesystem::remove_all(folder_.file("data/state"));
    open();
}

void Board::restart_with(std::string configuration) {
    engine_.reset();
    configuration_ = std::move(configuration);
    open();
}

void Board::open() {
    catalog_ = must(engine::parse_config(configuration_, "board.toml")).catalog;
    engine::EngineOptions options;
    options.path = folder_.file("data");
    engine_ = must(engine::Engine::open(catalog_, std::move(options)));
    must(engine_->sequencer().fold_log());
    while (engine_->sequencer().build()) {
    }
}

std::shared_ptr<const engine::ReadPoint> Board::now() const {
    return must(engine_->read_point());
}

const engine::TotalView& Board::total(const std::string& name) const {
    return *std::get<const engine::TotalView*>(catalog_->view(name));
}

std::string Board::group(const std::string& name, const std::vector<std::string>& texts) const {
    return must(now()->total(total(name), texts, *engine::everybody()));
}

std::map<std::string, std::string> Board::rows(const std::string& name) const {
    std::map<std::string, std::string> rows;
    must(now()->state().rows(total(name).rows, "", "",
                             [&](std::string_view place, std::string_view row) -> Result<bool> {
                                 rows.emplace(place, row);
                                 return true;
                             }));
    return rows;
}

}  // namespace freshet::support
