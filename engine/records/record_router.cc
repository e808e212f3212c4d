#include "engine/records/record_router.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/catalog/item_key.h"
#include "engine/records/body_faults.h"
#include "engine/records/stream_arn.h"

namespace freshet::engine {

bool RecordRouter::knows(std::string_view source) const {
    if (catalog_.knows_source(source)) return true;
    const KnownFamilies& known = families();
    return std::any_of(known.begin(), known.end(),
                       [&](const TableFamilies& one) { return one.has_adopted(source); });
}

std::string RecordRouter::known_sources() const {
    std::set<std::string_view> sources;
    for (const auto& table : catalog_.tables()) sources.insert(table->from);
    for (const TableFamilies& one : families()) {
        for (const std::string& family : one.families) {
            if (const auto arn = parse_stream_arn(family)) sources.insert(arn->source);
        }
    }
    std::string text;
    for (const std::string_view source : sources) {
        text += (text.empty() ? "" : ", ") + quote(source);
    }
    return text.empty() ? "none" : text;
}

// A name is not enough: a table of another region or account may have the same. Where two tables
// could take the record, the one that its `from` declares comes first.
const Table* RecordRouter::table_for(std::string_view source, std::string_view family,
                                     storage::ImageView keys) const {
    if (options_.table != nullptr) {
        return options_.table->where.matches(keys) ? options_.table : nullptr;
    }
    const Table* declared = catalog_.route(source, keys);
    const Table* adopter = nullptr;  // of another family of that source
    for (const TableFamilies& one : families()) {
        if (one.table == declared && one.takes(family)) return declared;
    }
    for (const TableFamilies& one : families()) {
        if (one.table->from == source || !one.table->where.matches(keys)) continue;
        if (one.knows(family)) return one.table;
        if (adopter == nullptr && one.has_adopted(source)) adopter = one.table;
    }
    return declared != nullptr || catalog_.knows_source(source) ? declared : adopter;
}

std::optional<Fault> RecordRouter::fault_of(std::string_view source,
                                            storage::ImageView keys) const {
    std::optional<Fault> first;
    const auto tables =
        options_.table != nullptr ? std::vector{options_.table} : tables_from(source);
    for (const Table* table : tables) {
        tl::expected<std::string, Fault> key = item_key(*table, keys);
        if (key) return std::nullopt;
        if (!first) first = std::move(key.error());
    }
    return first;
}

std::vector<const Table*> RecordRouter::tables_from(std::string_view source) const {
    std::vector<const Table*> tables;
    for (const auto& table : catalog_.tables()) {
        if (table->from == source) tables.push_back(table.get());
    }
    for (const TableFamilies& known : families()) {
        if (known.has_adopted(source)) tables.push_back(known.table);
    }
    return tables;
}

const KnownFamilies& RecordRouter::families() const {
    static const KnownFamilies none;
    if (!options_.families) return none;
    if (!families_) families_ = options_.families();
    return *families_;
}

tl::expected<std::string, Fault> taken_key(const Table& table, storage::ImageView keys) {
    auto key = item_key(table, keys);
    if (!key) return key;
    if (auto fault = key_length_fault(table, keys)) return tl::unexpected(*std::move(fault));
    return key;
}

}  // namespace freshet::engine
