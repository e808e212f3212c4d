#include "engine/reconciling/reconciliation.h"

#include <algorithm>
#include <cstdio>
#include <random>

#include "engine/catalog/item_key.h"
#include "engine/rebuilding/shown_key.h"
#include "engine/records/source_time.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Became = decltype(RecordOutcome::outcome);
using storage::ChangeKind;

constexpr std::size_t waiting_max = 4;        // batches
constexpr std::chrono::seconds patience{60};  // while the disk is full, or the log is mended
constexpr std::chrono::milliseconds retry_pause{100};
constexpr std::uint64_t reserve_bytes = 512U << 20U;  // of the disk, left to the log
constexpr std::uint64_t removable_part = 10;          // a tenth of the table

std::string random_id() {
    std::random_device random;
    char text[17];
    std::snprintf(text, sizeof text, "%08x%08x", random(), random());
    return text;
}

bool is_open_in(ReconciliationPhase phase) {
    return phase < ReconciliationPhase::done;
}

// What is no item of an export; nothing if all are.
std::optional<Refusal> refusal_of(const ChangeBatch& batch, const Table& table) {
    if (batch.refusal) return batch.refusal;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const auto& change = batch.records[i].change;
        if (!change || (change->imported && change->table == table.name)) continue;
        RecordPlace place = batch.place(i);
        return Refusal{
            .faults = {{.pointer = std::move(place.pointer),
                        .detail =
                            R"(expected {"Item":{…}}, a line of an export of table )" + table.name,
                        .line = place.line}},
            .sequence = batch.records[i].sequence};
    }
    return std::nullopt;
}

bool is_to_write(ItemFinding finding) {
    return finding == ItemFinding::added || finding == ItemFinding::replaced ||
           finding == ItemFinding::removed;
}

// As the source of a record would say it (engine/records/source_time.h).
std::string time_member(storage::SourceTime time) {
    const auto micros = time.time_since_epoch().count();
    invariant(micros > 0, "the moment of an export is after 1970");
    char text[40];
    std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                  static_cast<long long>(micros % 1'000'000));
    return '"' + std::string(time_name) + "\":" + text;
}

// Fails with damaged_state  if the item's key is none of the table.
Result<storage::Change> change_of(const ComparedItem& item, const ReconciliationOrder& order) {
    auto keys = key_attributes(*order.table, item.key);
    if (!keys) return fail(keys.error());
    storage::Change change;
    change.table = order.table->name;
    change.key = item.key;
    change.keys = *std::move(keys);
    change.reconciled = true;
    change.told = order.told;
    change.time = order.moment;
    change.stream_envelope = time_member(order.moment);
    change.kind = item.exported ? ChangeKind::modify : ChangeKind::remove;
    if (item.exported) change.after = storage::Image(*item.exported->parts().image);
    return change;
}

std::string too_many_removals(const std::string& found, std::uint64_t allowed) {
    return found + " would be removed, and at most " + std::to_string(allowed) +
           " may be: if the export is whole and of this table, allow as many";
}

// The answer to one batch, which may come after nobody waits for it any more.
class AwaitedReceipt {
public:
    void give(Result<Receipt> receipt) {
        {
            const MutexLock lock(mutex_);
            receipt_ = std::move(receipt);
        }
        given_.notify_one();
    }

    // Nothing if it did not come in that time.
    std::optional<Result<Receipt>> wait(std::chrono::milliseconds longest) {
        const auto end = SteadyClock::now() + longest;
        MutexLock lock(mutex_);
        while (!receipt_ && lock.wait_until(given_, end)) {
        }
        return std::exchange(receipt_, std::nullopt);
    }

private:
    Mutex mutex_;
    std::condition_variable given_;
    std::optional<Result<Receipt>> receipt_ FRESHET_GUARDED_BY(mutex_);
};

}  // namespace

Reconciliation::Reconciliation(ReconciliationOrder order, Engine engine,
                               std::chrono::milliseconds idle_max)
    : id_(random_id()),
      order_(std::move(order)),
      engine_(std::move(engine)),
      idle_max_(idle_max),
      asked_at_(SteadyClock::now()) {
    thread_ = std::thread(&Reconciliation::work, this);
}

Reconciliation::~Reconciliation() {
    end("the server is stopping");
    thread_.join();
}

// ---- from any thread ----

void Reconciliation::take(ChangeBatch batch, AppendDone done) {
    Waiting waiting(std::move(batch), std::move(done));
    const auto refusal = put(waiting);
    if (refusal) return waiting.second(fail(*refusal));
    changed_.notify_all();
}

// Moves it to the end of what waits, unless it is refused.
std::optional<Error> Reconciliation::put(Waiting& waiting) {
    const MutexLock lock(mutex_);
    asked_at_ = SteadyClock::now();
    if (status_.phase != ReconciliationPhase::receiving || wanted_ || ending_) {
        return Error{Errc::gone, "the reconciliation takes no items any more"};
    }
    if (waiting_.size() >= waiting_max) {
        return Error{Errc::busy, "too many items of the export are waiting for the disk"};
    }
    waiting_.push_back(std::move(waiting));
    return std::nullopt;
}

Result<void> Reconciliation::run(bool is_dry, std::optional<std::uint64_t> removals_max) {
    {
        const MutexLock lock(mutex_);
        asked_at_ = SteadyClock::now();
        const bool is_at_work = wanted_ || status_.phase == ReconciliationPhase::counting ||
                                status_.phase == ReconciliationPhase::applying;
        if (is_at_work) return fail(Errc::refused, "the reconciliation is at work already");
        if (ending_ || !is_open_in(status_.phase)) {
            return fail(Errc::refused, "the reconciliation has come to its end");
        }
        wanted_ = Run{.is_dry = is_dry, .removals_max = removals_max};
        status_.phase = ReconciliationPhase::counting;
    }
    changed_.notify_all();
    return {};
}

void Reconciliation::end(const std::string& why) {
    {
        const MutexLock lock(mutex_);
        if (!ending_) ending_ = why;
    }
    changed_.notify_all();
}

bool Reconciliation::is_open() const {
    const MutexLock lock(mutex_);
    return !ending_ && is_open_in(status_.phase);
}

bool Reconciliation::is_finished() const {
    const MutexLock lock(mutex_);
    return is_finished_;
}

ReconciliationStatus Reconciliation::status() {
    const MutexLock lock(mutex_);
    asked_at_ = SteadyClock::now();
    return status_;
}

ReconciliationStatus Reconciliation::glance() const {
    const MutexLock lock(mutex_);
    return status_;
}

bool Reconciliation::is_ending() const {
    const MutexLock lock(mutex_);
    return ending_.has_value();
}

// ---- its own thread ----

void Reconciliation::work() {
    bool goes_on = make_shelf();
    while (goes_on) goes_on = work_once();
    shelf_.reset();
    std::deque<Waiting> waiting;
    {
        const MutexLock lock(mutex_);
        waiting.swap(waiting_);
        if (is_open_in(status_.phase)) {
            status_.phase = ReconciliationPhase::ended;
            status_.detail = ending_.value_or("nobody asked for it for long");
        }
    }
    const Error gone{Errc::gone, "the reconciliation takes no items any more"};
    for (auto& [batch, done] : waiting) done(fail(gone));
    const MutexLock lock(mutex_);
    is_finished_ = true;
}

// On this thread, as it may take a while. Returns whether there is one.
bool Reconciliation::make_shelf() {
    auto shelf = ExportShelf::make(order_.table->name, engine_.folder);
    if (shelf) {
        shelf_ = *std::move(shelf);
    } else {
        come_to(ReconciliationPhase::failed, shelf.error().message);
    }
    return shelf_.has_value();
}

// Does what is next, or waits for it. Returns false once it is at its end.
bool Reconciliation::work_once() {
    std::optional<Waiting> next;
    std::optional<Run> run;
    {
        MutexLock lock(mutex_);
        while (!ending_ && waiting_.empty() && !wanted_) {
            const bool was_woken = lock.wait_until(changed_, asked_at_ + idle_max_);
            if (!was_woken && SteadyClock::now() >= asked_at_ + idle_max_) return false;
        }
        if (ending_) return false;
        if (!waiting_.empty()) {
            next = std::move(waiting_.front());
            waiting_.pop_front();
        } else {
            run = std::exchange(wanted_, std::nullopt);
        }
    }
    if (next) {
        next->second(shelve(next->first));
    } else {
        run_to_end(*run);
    }
    return is_open();
}

Result<Receipt> Reconciliation::shelve(const ChangeBatch& batch) {
    Receipt receipt;
    receipt.refusal = refusal_of(batch, *order_.table);
    if (receipt.refusal) return receipt;
    // The log is to find room whatever an export takes.
    const auto free_bytes = engine_.folder.usage().disk_free_bytes;
    if (free_bytes && *free_bytes < reserve_bytes) {
        const Error full{Errc::disk_full, "the disk has no room for the items of the export"};
        come_to(ReconciliationPhase::failed, full.message);
        return fail(full);
    }
    for (const BatchRecord& record : batch.records) {
        ++(record.change ? receipt.appended : receipt.ignored);
    }
    const auto put = shelf_->put(batch);
    if (!put) {
        come_to(ReconciliationPhase::failed, put.error().message);
        return fail(put.error());
    }
    const MutexLock lock(mutex_);
    status_.received += receipt.appended;
    return receipt;
}

void Reconciliation::run_to_end(const Run& run) {
    const auto counted = count();
    if (!counted) return come_to(ReconciliationPhase::failed, counted.error().message);
    const ReconciliationStatus found = glance();
    const std::uint64_t removals = found.count(ItemFinding::removed);
    const std::uint64_t allowed = run.removals_max.value_or(found.present / removable_part);
    const bool is_allowed = removals <= allowed;
    if (run.is_dry || !is_allowed) {
        const std::string what =
            std::to_string(removals) + " of " + std::to_string(found.present) + " items";
        return come_to(run.is_dry ? ReconciliationPhase::counted : ReconciliationPhase::refused,
                       is_allowed ? "" : too_many_removals(what, allowed));
    }
    come_to(ReconciliationPhase::applying);
    const auto applied = apply(allowed);
    if (!applied) return come_to(ReconciliationPhase::failed, applied.error().message);
    const MutexLock lock(mutex_);
    status_.phase = ReconciliationPhase::done;  // also where it was to end by now
}

// Forgets what was counted before.
void Reconciliation::begin_walk() {
    const MutexLock lock(mutex_);
    status_ = {.phase = status_.phase,
               .received = status_.received,
               .present = 0,
               .counts = {},
               .samples = {},
               .share = 0,
               .position = status_.position,
               .detail = {}};
}

Result<void> Reconciliation::count() {
    begin_walk();
    Comparison comparison(order_.table->name, order_.moment, *shelf_);
    while (!comparison.is_at_end()) {
        const auto items = next_items(comparison);
        if (!items) return fail(items.error());
        note(*items);
    }
    return {};
}

Result<void> Reconciliation::apply(std::uint64_t removals_max) {
    begin_walk();
    const auto first = read_point();
    if (!first) return fail(first.error());
    const storage::Position begun = (*first)->position();
    Comparison comparison(order_.table->name, order_.moment, *shelf_);
    std::uint64_t removals = 0;
    while (!comparison.is_at_end()) {
        auto items = next_items(comparison);
        if (!items) return fail(items.error());
        removals += static_cast<std::uint64_t>(std::count_if(
            items->begin(), items->end(),
            [](const ComparedItem& item) { return item.finding == ItemFinding::removed; }));
        if (removals > removals_max) {
            return fail(Errc::refused,
                        too_many_removals(std::to_string(removals) + " items", removals_max));
        }
        auto written = write(*items, begun);
        if (!written) return written;
        note(*items);
    }
    return tell_even(begun);
}

// Notes in the log that the whole table is even with the export.
Result<void> Reconciliation::tell_even(storage::Position begun) {
    ChangeBatch batch;
    storage::Notice notice;
    notice.kind = storage::NoticeKind::reconciliation;
    notice.by = order_.by;
    notice.table = order_.table->name;
    notice.moment = order_.moment;
    notice.begun = begun;
    batch.notices.push_back(std::move(notice));
    const auto receipt = append(batch);
    if (!receipt) return fail(receipt.error());
    const MutexLock lock(mutex_);
    status_.position = receipt->position;
    return {};
}

// Waits while the log is folded or mended.
Result<std::shared_ptr<const ReadPoint>> Reconciliation::read_point() {
    const auto deadline = SteadyClock::now() + patience;
    while (true) {
        if (is_ending()) return fail(Errc::unavailable, "it was ended");
        auto newest = engine_.read_point();
        if (newest || !pause_before(deadline)) return newest;
    }
}

Result<std::vector<ComparedItem>> Reconciliation::next_items(Comparison& comparison) {
    const auto newest = read_point();
    if (!newest) return fail(newest.error());
    const storage::StateSnapshot& state = (*newest)->state();
    auto items = comparison.next(state);
    if (!items) return fail((*newest)->noticed(items.error()));
    const double share = state.share_of_items(order_.table->name, comparison.key());
    const MutexLock lock(mutex_);
    status_.share = comparison.is_at_end() ? 1 : share;
    return items;
}

// Whether a change that was a duplicate is in the log all the same: the answer to the batch was
// lost, and it was handed in again. Nobody else reconciles meanwhile.
Result<bool> Reconciliation::is_written(const ComparedItem& item, storage::Position begun) {
    const auto newest = read_point();
    if (!newest) return fail(newest.error());
    const auto known = (*newest)->state().item(order_.table->name, item.key);
    if (!known) return fail((*newest)->noticed(known.error()));
    if (!*known) return false;
    const storage::ItemParts parts = (*known)->parts();
    return parts.reconciled && parts.changed > begun;
}

// What the sequencer judges otherwise at its place, a stream has told of meanwhile.
Result<void> Reconciliation::write(std::vector<ComparedItem>& items, storage::Position begun) {
    ChangeBatch batch;
    std::vector<ComparedItem*> written;
    for (ComparedItem& item : items) {
        if (!is_to_write(item.finding)) continue;
        auto change = change_of(item, order_);
        if (!change) return fail(change.error());
        batch.bytes += change->key.size() + (change->after ? change->after->bytes().size() : 0);
        batch.records.push_back({.change = *std::move(change), .sequence = {}});
        written.push_back(&item);
    }
    if (written.empty()) return {};
    const auto receipt = append(batch);
    if (!receipt) return fail(receipt.error());
    if (receipt->refusal) return fail(Errc::refused, receipt->refusal->faults.front().detail);
    invariant(receipt->outcomes.size() == written.size(), "each change is told what became of it");
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (receipt->outcomes[i].outcome == Became::appended) continue;
        const auto is_ours = is_written(*written[i], begun);
        if (!is_ours) return fail(is_ours.error());
        if (*is_ours) continue;
        written[i]->finding = ItemFinding::newer;
    }
    const MutexLock lock(mutex_);
    status_.position = receipt->position;
    return {};
}

// Hands the batch in until it is answered. To hand it in twice is safe: what was written is even.
Result<Receipt> Reconciliation::append(const ChangeBatch& batch) {
    const auto deadline = SteadyClock::now() + patience;
    while (true) {
        const auto awaited = std::make_shared<AwaitedReceipt>();
        engine_.submit(batch,
                       [awaited](Result<Receipt> receipt) { awaited->give(std::move(receipt)); });
        std::optional<Result<Receipt>> receipt;
        while (!receipt) {
            receipt = awaited->wait(retry_pause);
            if (!receipt && is_ending()) return fail(Errc::unavailable, "it was ended");
        }
        if (*receipt) return *std::move(receipt);
        const Errc code = receipt->error().code;
        const bool may_pass =
            code == Errc::busy || code == Errc::unavailable || code == Errc::disk_full;
        if (!may_pass || !pause_before(deadline)) return fail(receipt->error());
    }
}

// Waits a little; false if it is to end, or the deadline is over.
bool Reconciliation::pause_before(SteadyClock::time_point deadline) {
    const auto now = SteadyClock::now();
    if (now >= deadline) return false;
    const auto end = now + retry_pause;
    MutexLock lock(mutex_);
    while (!ending_ && SteadyClock::now() < end) lock.wait_until(changed_, end);
    return !ending_;
}

void Reconciliation::note(const std::vector<ComparedItem>& items) {
    const MutexLock lock(mutex_);
    for (const ComparedItem& item : items) {
        const auto finding = static_cast<std::size_t>(item.finding);
        const bool is_present = item.known && item.known->parts().image;
        const bool is_anywhere = is_present || item.exported;
        if (is_present) ++status_.present;
        if (is_anywhere) ++status_.counts[finding];
        if (!is_anywhere || item.finding == ItemFinding::unchanged) continue;
        std::vector<std::string>& samples = status_.samples[finding];
        if (samples.size() < reconciliation_samples_max) samples.push_back(shown_key(item.key));
    }
}

// What is to end says why once it has.
void Reconciliation::come_to(ReconciliationPhase phase, const std::string& detail) {
    const MutexLock lock(mutex_);
    if (ending_) return;
    status_.phase = phase;
    status_.detail = detail;
    asked_at_ = SteadyClock::now();
}

}  // namespace freshet::engine
