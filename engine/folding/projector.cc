#include "engine/folding/projector.h"

#include <cstdint>
#include <optional>
#include <string>

#include "engine/catalog/item_key.h"
#include "engine/folding/first_answers.h"
#include "engine/folding/items.h"
#include "engine/folding/record_facts.h"
#include "engine/folding/rows.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// Whether the item, which may be what the disk gave back, was left by records before `position`.
bool is_from_before(const storage::ItemParts& item, storage::Position position) {
    return item.created <= item.changed && item.changed < position;
}

// The number of the record's stream. The lineage is asked only if its item does not tell.
Result<std::uint32_t> stream_of(const storage::Record& record,
                                const std::optional<storage::ItemParts>& known,
                                storage::StateBatch& state) {
    if (is_of_its_items_stream(record) && known && known->stream != 0) return known->stream;
    return fold_stream(record, state);
}

// An item and what is becoming of it.
struct Step {
    storage::StateBatch::KnownItem& known;
    const std::optional<storage::ItemParts>& before;
    const storage::ItemParts& after;
};

// Puts the item, and the rows that it leads to.
Result<void> put(const Table& table, std::string_view key, const Step& step,
                 const StateContents& contents, storage::StateBatch& state) {
    storage::StateBatch::put_item(step.known, step.after);
    for (const TableRows& rows : contents.whole->rows_of(table.name)) {
        auto folded = fold_rows(rows, key, step.before, step.after, state);
        if (!folded) return folded;
    }
    for (const TableWalk& walk : contents.walks) {
        if (walk.rows().table != &table || !walk.has_passed(key)) continue;
        auto folded = fold_rows(walk.rows(), key, step.before, step.after, state);
        if (!folded) return folded;
    }
    return {};
}

}  // namespace

using storage::StateBatch;

Result<std::string> Projector::key_of(const storage::Record& record, const Table& table) {
    return key_of(record, table, record.keys());
}

Result<std::string> Projector::key_of(const storage::Record& record, const Table& table,
                                      storage::ImageView keys) {
    auto key = item_key(table, keys);
    if (key) return *std::move(key);
    return fail(Errc::refused, "the record at position " + std::to_string(record.position().value) +
                                   " does not fit the key of table " + table.name + ": " +
                                   key.error().detail +
                                   " (the key of a table with records cannot be changed)");
}

Result<void> Projector::apply(const storage::Record& record, const StateContents& contents,
                              StateBatch& state) const {
    if (record.is_notice()) {
        const auto notice = record.notice();
        const bool is_expiry = notice && notice->kind == storage::NoticeKind::expiry;
        return is_expiry ? apply_expiry(record, *notice, contents, state)
                         : fold_notice(record, catalog_, state);
    }
    const Table* table = catalog_.table(record.table());
    if (table == nullptr) {
        // A name is known whatever becomes of its table.
        if (has_first_answer(record)) fold_first_answer(first_answer_fact(record), state);
        note_skipped(record.table(), state);
        return {};
    }
    const auto key = key_of(record, *table);
    if (!key) return fail(key.error());
    const auto known = state.known_item(table->name, *key);
    if (!known) return fail(known.error());
    return apply_to(*table, *key, **known, record, contents, state);
}

Result<void> Projector::apply_to(const Table& table, std::string_view key,
                                 StateBatch::KnownItem& known, const storage::Record& record,
                                 const StateContents& contents, StateBatch& state) {
    invariant(contents.whole != nullptr, "a fold knows what the state contains");
    const std::shared_ptr<const storage::Item> item = known.item();  // outlives what it becomes
    std::optional<storage::ItemParts> before;
    if (item) before = item->parts();
    if (before && !is_from_before(*before, record.position())) {
        return fail(Errc::damaged_state, "an item of table " + table.name +
                                             " is not older than the record at position " +
                                             std::to_string(record.position().value));
    }
    const auto stream = stream_of(record, before, state);
    if (!stream) return fail(stream.error());
    const ItemChange change = change_of(record, *stream, time_of(record));
    const storage::ItemParts after = fold_item(change, before);

    if (has_first_answer(record)) fold_first_answer(first_answer_fact(record), state);
    return put(table, key, {.known = known, .before = before, .after = after}, contents, state);
}

Result<void> Projector::apply_expiry(const storage::Record& record, const storage::Notice& expiry,
                                     const StateContents& contents, StateBatch& state) const {
    const Table* table = catalog_.table(expiry.table);
    if (table == nullptr) {
        note_skipped(expiry.table, state);
        return {};
    }
    const auto key = key_of(record, *table, expiry.keys->view());
    if (!key) return fail(key.error());
    const auto known = state.known_item(table->name, *key);
    if (!known) return fail(known.error());
    const std::shared_ptr<const storage::Item> item = (*known)->item();
    std::optional<storage::ItemParts> before;
    if (item) before = item->parts();
    if (!before || !before->image || !is_from_before(*before, record.position())) {
        return fail(Errc::damaged_state, "an item of table " + table->name +
                                             " is not as the expiry at position " +
                                             std::to_string(record.position().value) + " has it");
    }
    const storage::ItemParts after = fold_item(expiry_of(expiry, record.position()), before);
    return put(*table, *key, {.known = **known, .before = before, .after = after}, contents, state);
}

}  // namespace freshet::engine
