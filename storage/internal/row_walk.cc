#include "storage/internal/row_walk.h"

#include <rocksdb/perf_context.h>

#include <utility>

#include "storage/invariant.h"

namespace freshet::storage::internal {
namespace {

// How many entries this thread has stepped over, ever.
std::uint64_t steps() {
    const rocksdb::PerfContext& context = *rocksdb::get_perf_context();
    return context.internal_delete_skipped_count + context.internal_key_skipped_count;
}

}  // namespace

RowWalk::RowWalk(const WrittenState& written, EntryRange range, RowOrder order,
                 EmptyStretches* stretches)
    : range_(std::move(range)),
      lower_bound_(range_.begin),
      upper_bound_(range_.end),
      order_(order) {
    if (stretches != nullptr) {
        invariant(!range_.end.empty(), "a walk that learns where nothing is has an end");
        reading_.emplace(*stretches, range_.begin, range_.end, written.version());
    }
    rocksdb::ReadOptions options = written.options();
    options.iterate_lower_bound = &lower_bound_;
    if (!range_.end.empty()) options.iterate_upper_bound = &upper_bound_;
    at_.reset(written.db().NewIterator(options));
    from_ = order_ == RowOrder::rising ? range_.begin : range_.end;
    move(true);
}

RowWalk::~RowWalk() = default;

void RowWalk::next() {
    move(false);
}

void RowWalk::move(bool is_first) {
    if (order_ == RowOrder::rising) {
        rise(is_first);
    } else {
        fall(is_first);
    }
}

void RowWalk::rise(bool is_first) {
    const std::uint64_t before = steps();
    const auto stretch_end = reading_ ? reading_->end_of_stretch(from_) : std::nullopt;
    if (stretch_end) {
        at_->Seek(*stretch_end);
    } else if (is_first) {
        at_->SeekToFirst();
    } else {
        at_->Next();
    }
    if (!at_->status().ok()) return;
    if (reading_) reading_->learn(from_, valid() ? entry() : range_.end, steps() - before);
    if (valid()) from_.assign(entry()).push_back('\0');
}

void RowWalk::fall(bool is_first) {
    const std::uint64_t before = steps();
    const auto stretch_begin = reading_ ? reading_->begin_of_stretch(from_) : std::nullopt;
    if (stretch_begin) {
        at_->SeekForPrev(*stretch_begin);
    } else if (is_first) {
        at_->SeekToLast();
    } else {
        at_->Prev();
    }
    if (!at_->status().ok()) return;
    if (reading_) {
        const std::string begin = valid() ? std::string(entry()) + '\0' : range_.begin;
        reading_->learn(begin, from_, steps() - before);
    }
    if (valid()) from_.assign(entry());
}

}  // namespace freshet::storage::internal
