#include "tests/world/board.h"

#include <utility>

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
    return must(append(batch_of(batch, catalog()))).appended;
}

const engine::TotalView& Board::total(const std::string& name) const {
    return *std::get<const engine::TotalView*>(catalog().view(name));
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
