#include "engine/folding/record_facts.h"

#include <string>

#include "engine/folding/first_answers.h"
#include "engine/folding/function_facts.h"
#include "engine/folding/lineage.h"
#include "engine/folding/revocation_facts.h"
#include "engine/folding/state_contents.h"
#include "engine/folding/unread_facts.h"
#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"

namespace freshet::engine {

using storage::StateBatch;

namespace {

bool is_of_export(const storage::Record& record) {
    return record.imported() || record.reconciled();
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

}  // namespace

bool is_of_its_items_stream(const storage::Record& record) {
    return record.stream() == 0 && !is_of_export(record) && stream_name(record) == StreamName();
}

std::optional<std::uint32_t> stream_without_lineage(const storage::Record& record) {
    if (is_of_export(record)) return 0;
    if (record.stream() != 0 && !record.joins()) return record.stream();
    return std::nullopt;
}

Result<std::uint32_t> fold_stream(const storage::Record& record, StateBatch& state) {
    if (const auto stream = stream_without_lineage(record)) return *stream;
    const bool has_lineage = record.stream() != 0;
    const StreamName name = stream_name(record);

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

std::optional<storage::SourceTime> time_of(const storage::Record& record) {
    const bool has_time = record.stream() != 0 || is_of_export(record);
    return has_time ? record.time() : source_time(record);
}

Result<void> fold_notice(const storage::Record& record, const Catalog& catalog, StateBatch& state) {
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
        case storage::NoticeKind::idempotency:
            fold_first_answer(first_answer_fact(record), state);
            return {};
        case storage::NoticeKind::expiry:
            return {};  // it is about an item and its rows alone
        case storage::NoticeKind::place:
        case storage::NoticeKind::parked:
        case storage::NoticeKind::released:
        case storage::NoticeKind::paused:
            return fold_function(record, *notice, state);
        case storage::NoticeKind::unread:
        case storage::NoticeKind::discarded:
            return fold_unread(record, *notice, state);
    }
    return {};
}

}  // namespace freshet::engine
