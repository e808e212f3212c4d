#include "engine/folding/bulk_histories.h"

#include <algorithm>
#include <string_view>

#include "engine/folding/first_answers.h"
#include "engine/folding/item_changes.h"
#include "engine/folding/numbered_key.h"
#include "engine/folding/projector.h"
#include "engine/folding/record_facts.h"

namespace freshet::engine {
namespace {

using storage::Position;
using storage::Record;

// So little that what was read is still near the processor when it is folded.
constexpr storage::ReadLimit slice{.records = 512, .bytes = std::size_t{192} << 10U};

// Changes that are of the stream of their item are not merged: a history of many would be written
// again with each. Only a release before lineages wrote them.
constexpr std::size_t unmergeable_max = 4'096;

}  // namespace

Result<std::vector<LogStretch>> stretches_of(const storage::ChangeLog& log, Position head,
                                             std::size_t count) {
    std::vector<LogStretch> stretches;
    Position after;
    for (std::size_t i = 1; i < count; ++i) {
        // There is not a record at each position, and a scan begins at one.
        const auto scan = log.scan(Position{head.value / count * i}, head);
        if (!scan) return fail(scan.error());
        const auto first = (*scan)->next({.records = 1});
        if (!first) return fail(first.error());
        if (first->empty() || first->front().position() <= after) continue;
        stretches.push_back({.after = after, .up_to = first->front().position()});
        after = stretches.back().up_to;
    }
    stretches.push_back({.after = after, .up_to = head});
    return stretches;
}

BulkHistories::BulkHistories(const Catalog& catalog, const std::vector<std::string>& tables,
                             storage::ScratchFolder& folder)
    : catalog_(catalog),
      tables_(tables),
      runs_(folder, [](std::string_view /*key*/, std::string& earlier, std::string_view later) {
          join_changes(earlier, later);
      }) {}

HistoryGatherer::HistoryGatherer(BulkHistories& histories, FactsInOrder& facts, std::size_t memory)
    : histories_(histories), facts_(facts), changes_(histories.runs_, memory) {}

Result<bool> HistoryGatherer::read(const storage::ChangeLog& log, const LogStretch& stretch,
                                   std::size_t number, PartsControl& control) {
    if (auto begun = changes_.begin_part(number); !begun) return fail(begun.error());
    const auto scan = log.scan(stretch.after, stretch.up_to);
    if (!scan) return fail(scan.error());
    while (true) {
        const auto records = (*scan)->next(slice);
        if (!records) return fail(records.error());
        if (records->empty()) break;
        for (const Record& record : *records) {
            if (auto taken = take(record, number); !taken || !*taken) return taken;
        }
        records_ += records->size();
        if (!control.advance(records->size())) return false;
    }
    if (auto ended = facts_.end(number); !ended) return fail(ended.error());
    return true;
}

Result<bool> HistoryGatherer::take(const Record& record, std::size_t stretch) {
    if (record.is_notice()) {
        const auto notice = record.notice();
        if (notice && notice->kind == storage::NoticeKind::expiry) {
            return take_expiry(record, *notice);
        }
        return facts_.take_notice(record, stretch);
    }
    if (has_first_answer(record)) {
        auto taken = facts_.take_first_answer(first_answer_fact(record));
        if (!taken) return fail(taken.error());
    }
    if (!find_table(record.table())) return true;
    return take_change(record, stretch);
}

bool HistoryGatherer::find_table(std::string_view name) {
    if (table_ != nullptr && table_->name == name) return true;
    table_ = histories_.catalog_.table(name);
    if (table_ == nullptr) {
        facts_.skip(name);
        return false;
    }
    table_number_ = number_of(*table_);
    return true;
}

std::size_t HistoryGatherer::number_of(const Table& table) const {
    const std::vector<std::string>& tables = histories_.tables_;
    return static_cast<std::size_t>(std::find(tables.begin(), tables.end(), table.name) -
                                    tables.begin());
}

Result<bool> HistoryGatherer::take_change(const Record& record, std::size_t stretch) {
    const auto item = Projector::key_of(record, *table_);
    if (!item) return fail(item.error());
    const auto stream = facts_.stream_of(record, stretch);
    if (!stream) return fail(stream.error());
    if (!*stream) return false;
    const bool is_kept = is_of_its_items_stream(record);
    if (is_kept && ++histories_.unmergeable_ > unmergeable_max) {
        return fail(Errc::unavailable, "the log has many records that name no stream");
    }
    return add(*item, change_of(record, **stream, time_of(record)), is_kept);
}

Result<bool> HistoryGatherer::take_expiry(const Record& record, const storage::Notice& expiry) {
    if (!find_table(expiry.table)) return true;
    const auto item = Projector::key_of(record, *table_, expiry.keys->view());
    if (!item) return fail(item.error());
    return add(*item, expiry_of(expiry, record.position()), false);
}

Result<bool> HistoryGatherer::add(std::string_view item, const ItemChange& change, bool is_kept) {
    write_numbered_key(key_, table_number_, item);
    write_changes(history_, change, is_kept);
    if (auto added = changes_.add(key_, history_); !added) return fail(added.error());
    return true;
}

}  // namespace freshet::engine
