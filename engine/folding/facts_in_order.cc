#include "engine/folding/facts_in_order.h"

#include <utility>

#include "engine/folding/record_facts.h"
#include "engine/folding/state_contents.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::LogMark;
using storage::Record;

// After so many notices what they have brought is committed: a batch that erases many reads slowly.
constexpr std::size_t notices_max = 4'096;

}  // namespace

FactsInOrder::FactsInOrder(const Catalog& catalog, storage::StateStore& state, const LogMark& head,
                           std::size_t stretches)
    : catalog_(catalog),
      state_(state),
      head_(head),
      stretches_(stretches),
      turned_{.epoch = head.epoch, .position = {}, .chain = 0} {}

FactsInOrder::~FactsInOrder() = default;

Result<void> FactsInOrder::begin() {
    auto batch = state_.begin();
    if (!batch) return fail(batch.error());
    batch_ = std::make_unique<storage::StateBatch>(*std::move(batch));
    notices_ = 0;
    return {};
}

Result<std::optional<std::uint32_t>> FactsInOrder::stream_of(const Record& record,
                                                             std::size_t stretch) {
    if (const auto stream = stream_without_lineage(record)) return stream;
    Lock lock(mutex_);
    if (record.stream() != 0) {
        const auto is_kept = keep(record, stretch);
        if (!is_kept) return fail(is_kept.error());
        if (*is_kept) return record.stream();
    }
    if (!wait_for_turn(lock, stretch)) return std::nullopt;
    const auto stream = fold(record);
    if (!stream) return fail(stream.error());
    return *stream;
}

Result<bool> FactsInOrder::take_notice(const Record& record, std::size_t stretch) {
    Lock lock(mutex_);
    auto is_kept = keep(record, stretch);
    if (!is_kept || *is_kept) return is_kept;
    if (!wait_for_turn(lock, stretch)) return false;
    const auto folded = fold(record);
    if (!folded) return fail(folded.error());
    return true;
}

Result<void> FactsInOrder::take_first_answer(const FirstAnswerFact& fact) {
    const std::lock_guard lock(mutex_);
    if (is_given_up_) return {};
    fold_first_answer(fact, *batch_);
    auto counted = count_notice();
    if (counted) return {};
    is_given_up_ = true;  // before another one continues with what failed
    changed_.notify_all();
    return counted;
}

void FactsInOrder::skip(std::string_view table) {
    const std::lock_guard lock(mutex_);
    if (!skipped_.contains(table)) skipped_.emplace(table);
}

// In memory of its own: others of its slice are not kept with it.
Result<bool> FactsInOrder::keep(const Record& record, std::size_t stretch) {
    Stretch& own = stretches_[stretch];
    if (turn_ == stretch || own.kept_bytes + record.bytes().size() > kept_bytes_max) return false;
    auto kept = Record::from_bytes(record.position(), record.chain(), std::string(record.bytes()));
    if (!kept) return fail(kept.error());
    own.kept_bytes += record.bytes().size();
    own.kept.push_back(*std::move(kept));
    return true;
}

bool FactsInOrder::wait_for_turn(Lock& lock, std::size_t stretch) {
    changed_.wait(lock, [&] { return is_given_up_ || turn_ == stretch; });
    return !is_given_up_;
}

Result<void> FactsInOrder::end(std::size_t stretch) {
    const std::lock_guard lock(mutex_);
    if (is_given_up_) return {};
    stretches_[stretch].has_ended = true;
    auto begun = begin_turns();
    if (!begun) is_given_up_ = true;  // before the next one continues with what failed
    changed_.notify_all();
    return begun;
}

// What a stretch has kept is folded when its turn begins.
Result<void> FactsInOrder::begin_turns() {
    while (turn_ < stretches_.size() && stretches_[turn_].has_ended) {
        if (++turn_ == stretches_.size()) break;
        for (const Record& record : std::exchange(stretches_[turn_].kept, {})) {
            if (auto folded = fold(record); !folded) return fail(folded.error());
        }
    }
    return {};
}

void FactsInOrder::give_up() {
    const std::lock_guard lock(mutex_);
    is_given_up_ = true;
    changed_.notify_all();
}

// The number of its stream; 0 of a notice.
Result<std::uint32_t> FactsInOrder::fold(const Record& record) {
    if (!record.is_notice()) return fold_stream(record, *batch_);
    if (auto folded = fold_notice(record, catalog_, *batch_); !folded) return fail(folded.error());
    turned_ = {.epoch = head_.epoch, .position = record.position(), .chain = record.chain()};
    if (auto counted = count_notice(); !counted) return fail(counted.error());
    return 0;
}

Result<void> FactsInOrder::count_notice() {
    if (++notices_ < notices_max) return {};
    if (auto committed = commit_as_of(turned_); !committed) return committed;
    return begin();
}

Result<void> FactsInOrder::commit() {
    invariant(turn_ == stretches_.size(), "facts are whole once each stretch has ended");
    for (const std::string& table : skipped_) note_skipped(table, *batch_);
    return commit_as_of(head_);
}

// What takes account of no item yet must not be taken for whole after a crash.
Result<void> FactsInOrder::commit_as_of(const LogMark& mark) {
    return state_.commit(std::move(*batch_), {.mark = mark, .layout = unfinished_layout});
}

}  // namespace freshet::engine
