#include "engine/folding/projector.h"

#include <cstdint>
#include <optional>
#include <string>

#include "engine/catalog/item_key.h"
#include "engine/folding/items.h"
#include "engine/folding/lineage.h"
#include "engine/folding/revocation_facts.h"
#include "engine/folding/rows.h"
#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// Whether the item, which may be what the disk gave back, was left by records before `position`.
bool is_from_before(const storage::ItemParts& item, storage::Position position) {
    return item.created <= item.changed && item.changed < position;
}

}  // namespace

using storage::StateBatch;

Result<std::string> Projector::key_of(const storage::Record& record, const Table& table) {
    auto key = item_key(table, record.keys());
    if (key) return *std::move(key);
    return fail(Errc::refused, "the record at position " + std::to_string(record.position().value) +
                                   " does not fit the key of table " + table.name + ": " +
                                   key.error().detail +
                                   " (the key of a table with records cannot be changed)");
}

namespace {

// The number of the record's stream in its table's lineage, which the stream may join with it. One
// that a release before lineages wrote does not say it: where it does not name its stream either,
// it was given that of its item.
Result<std::uint32_t> stream_of(const storage::Record& record,
                                const std::optional<storage::ItemParts>& known, StateBatch& state) {
    if (record.imported() || record.reconciled()) return 0;
    if (record.stream() != 0 && !record.joins()) return record.stream();
    const bool has_lineage = record.stream() != 0;
    const StreamName name = stream_name(record);
    if (!has_lineage && known && known->stream != 0 && name == StreamName()) return known->stream;

    auto lineage = Lineage::of(record.table(), state);
    if (!lineage) return fail(lineage.error());
    if (!has_lineage) {
        const Lineage::Finding finding = lineage->find(name);
        if (finding.kind == Lineage::Finding::Kind::known) return finding.number;
        if (finding.kind == Lineage::Finding::Kind::ambiguous) {
            return static_cast<std::uint32_t>(lineage->streams().size());
        }
    }
    const std::uint32_t number = lineage->join(name);
    if (has_lineage && number != record.stream()) {
        return fail(Errc::damaged_state, "the record at position " +
                                             std::to_string(record.position().value) +
                                             " joins as a stream that the lineage of table " +
                                             std::string(record.table()) + " does not come to");
    }
    state.put_fact(Lineage::fact_of(record.table()), lineage->bytes());
    return number;
}

// What the notice says of a table's lineage.
Result<void> fold_lineage(const storage::Notice& notice, const Catalog& catalog,
                          StateBatch& state) {
    if (catalog.table(notice.table) == nullptr) {
        note_skipped(notice.table, state);
        return {};
    }
    auto lineage = Lineage::of(notice.table, state);
    if (!lineage) return fail(lineage.error());
    if (notice.kind == storage::NoticeKind::adoption) {
        lineage->adopt(stream_name(notice.stream).family);
    } else if (notice.moment) {
        lineage->reconcile({.moment = *notice.moment, .begun = notice.begun});
    }
    state.put_fact(Lineage::fact_of(notice.table), lineage->bytes());
    return {};
}

Result<void> apply_notice(const storage::Record& record, const Catalog& catalog,
                          StateBatch& state) {
    const auto notice = record.notice();
    if (!notice) {
        return fail(Errc::newer_format, "the log has a notice at position " +
                                            std::to_string(record.position().value) +
                                            " of a kind that this release does not know");
    }
    switch (notice->kind) {
        case storage::NoticeKind::revocation:
            return fold_revocation(record, *notice, state);
        case storage::NoticeKind::adoption:
        case storage::NoticeKind::reconciliation:
            return fold_lineage(*notice, catalog, state);
    }
    return {};
}

}  // namespace

Result<void> Projector::apply(const storage::Record& record, const StateContents& contents,
                              StateBatch& state) const {
    if (record.is_notice()) return apply_notice(record, catalog_, state);
    const Table* table = catalog_.table(record.table());
    if (table == nullptr) {
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
    // Only a release before lineages did not write the time down.
    const auto time = *stream != 0 && record.stream() == 0 ? source_time(record) : record.time();
    const storage::ItemParts after = fold_item(record, before, *stream, time);

    StateBatch::put_item(known, after);
    const auto image_before = before ? before->image : std::nullopt;
    for (const TableRows& rows : contents.whole->rows_of(table.name)) {
        const auto folded = fold_rows(rows, key, image_before, after.image, state);
        if (!folded) return fail(folded.error());
    }
    for (const TableWalk& walk : contents.walks) {
        if (walk.rows().table != &table || !walk.has_passed(key)) continue;
        const auto folded = fold_rows(walk.rows(), key, image_before, after.image, state);
        if (!folded) return fail(folded.error());
    }
    return {};
}

}  // namespace freshet::engine
