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
constexpr std::uint64_t removable_part = 10;  // a tenth of the table

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
std::optional<Refusal> refusal_of(const ChangeBatch& batch) {
    if (batch.refusal) return batch.refusal;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const auto& change = batch.records[i].change;
        if (!change || change->imported) continue;
        RecordPlace place = batch.place(i);
        return Refusal{.faults = {{.pointer = std::move(place.pointer),
                                   .detail = R"(expected {"Item":{…}}, a line of an export)",
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
    char text[40];
    std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                  static_cast<long long>(micros % 1'000'000));
    return '"' + std::string(time_name) + "\":" + text;
}

storage::Change change_of(const ComparedItem& item, const ReconciliationOrder& order) {
    storage::Change change;
    change.table = order.table->name;
    change.key = item.key;
    change.reconciled = true;
    change.told = order.told;
    change.time = order.moment;
    change.stream_envelope = time_member(order.moment);
    if (item.exported) {
        change.kind = item.finding == ItemFinding::added ? ChangeKind::insert : ChangeKind::modify;
        change.after = storage::Image(*item.exported->parts().image);
        change.keys = key_attributes(*order.table, change.after->view());
    } else {
        change.kind = ChangeKind::remove;
        change.keys = key_attributes(*order.table, *item.known->parts().image);
    }
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

Result<std::unique_ptr<Reconciliation>> Reconciliation::begin(ReconciliationOrder order,
                                                              storage::DataFolder& folder,
                                                              Submit submit,
                                                              std::chrono::milliseconds idle_max) {
    auto shelf = ExportShelf::make(order.table->name, folder);
    if (!shelf) return fail(shelf.error());
    return std::unique_ptr<Reconciliation>(new Reconciliation(
        std::move(order), folder, *std::move(shelf), std::move(submit), idle_max));
}

Reconciliation::Reconciliation(ReconciliationOrder order, storage::DataFolder& folder,
                               ExportShelf shelf, Submit submit, std::chrono::milliseconds idle_max)
    : id_(random_id()),
      order_(std::move(order)),
      folder_(folder),
      submit_(std::move(submit)),
      idle_max_(idle_max),
      asked_at_(SteadyClock::now()),
      shelf_(std::move(shelf)) {
    thread_ = std::thread(&Reconciliation::work, this);
}

Reconciliation::~Reconciliation() {
    end("the server is stopping");
    thread_.join();
}

// ---- from any thread ----

void Reconciliation::take(ChangeBatch batch, AppendDone done) {
    std::optional<Error> refusal;
    {
        const MutexLock lock(mutex_);
        asked_at_ = SteadyClock::now();
        if (status_.phase != ReconciliationPhase::receiving || wanted_ || ending_) {
            refusal = Error{Errc::gone, "the reconciliation takes no items any more"};
        } else if (waiting_.size() >= waiting_max) {
            refusal = Error{Errc::busy, "too many items of the export are waiting for the disk"};
        } else {
            waiting_.emplace_back(std::move(batch), std::move(done));
        }
    }
    if (refusal) return done(fail(*refusal));
    changed_.notify_all();
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
    while (work_once()) {
    }
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
    for (auto& [batch, done] : waiting) {
        done(fail(Errc::gone, "the reconciliation takes no items any more"));
    }
    const MutexLock lock(mutex_);
    is_finished_ = true;
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
    receipt.refusal = refusal_of(batch);
    if (receipt.refusal) return receipt;
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
    auto gone_through = go_through(std::nullopt);
    if (!gone_through) return come_to(ReconciliationPhase::failed, gone_through.error().message);
    const ReconciliationStatus counted = glance();
    const std::uint64_t removals = counted.count(ItemFinding::removed);
    const std::uint64_t allowed = run.removals_max.value_or(counted.present / removable_part);
    const std::string found =
        std::to_string(removals) + " of " + std::to_string(counted.present) + " items";
    const bool is_allowed = removals <= allowed;
    if (run.is_dry || !is_allowed) {
        return come_to(run.is_dry ? ReconciliationPhase::counted : ReconciliationPhase::refused,
                       is_allowed ? "" : too_many_removals(found, allowed));
    }

    come_to(ReconciliationPhase::applying);
    gone_through = go_through(allowed);
    if (gone_through) gone_through = tell_even();
    if (!gone_through) return come_to(ReconciliationPhase::failed, gone_through.error().message);
    come_to(ReconciliationPhase::done);
}

// Notes in the log that the whole table is even with the export.
Result<void> Reconciliation::tell_even() {
    ChangeBatch batch;
    batch.notices.push_back({.kind = storage::NoticeKind::reconciliation,
                             .by = order_.by,
                             .table = order_.table->name,
                             .stream = {},
                             .moment = order_.moment});
    const auto receipt = append(batch);
    if (!receipt) return fail(receipt.error());
    const MutexLock lock(mutex_);
    status_.position = receipt->position;
    return {};
}

// Goes through both sides from the beginning; writes what differs, if it is told how many items
// may be removed.
Result<void> Reconciliation::go_through(std::optional<std::uint64_t> removals_max) {
    {
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
    Comparison comparison(order_.table->name, order_.moment, *shelf_);
    std::uint64_t removals = 0;
    while (!comparison.is_at_end()) {
        if (is_ending()) return fail(Errc::unavailable, "it was ended");
        auto items = next_items(comparison);
        if (!items) return fail(items.error());
        if (removals_max) {
            removals += static_cast<std::uint64_t>(std::count_if(
                items->begin(), items->end(),
                [](const ComparedItem& item) { return item.finding == ItemFinding::removed; }));
            if (removals > *removals_max) {
                return fail(Errc::refused,
                            too_many_removals(std::to_string(removals) + " items", *removals_max));
            }
            const auto written = write(*items);
            if (!written) return written;
        }
        note(*items);
    }
    return {};
}

Result<std::vector<ComparedItem>> Reconciliation::next_items(Comparison& comparison) {
    const auto deadline = SteadyClock::now() + patience;
    while (true) {
        const auto state = folder_.state().snapshot();
        if (state) {
            auto items = comparison.next(**state);
            const double share = (*state)->share_of_items(order_.table->name, comparison.key());
            const MutexLock lock(mutex_);
            status_.share = comparison.is_at_end() ? 1 : share;
            return items;
        }
        if (!pause_before(deadline)) return fail(state.error());
    }
}

// What the sequencer judges otherwise at its place, a stream has told of meanwhile.
Result<void> Reconciliation::write(std::vector<ComparedItem>& items) {
    ChangeBatch batch;
    std::vector<ComparedItem*> written;
    for (ComparedItem& item : items) {
        if (!is_to_write(item.finding)) continue;
        storage::Change change = change_of(item, order_);
        batch.bytes += change.key.size() + (change.after ? change.after->bytes().size() : 0);
        batch.records.push_back({.change = std::move(change), .sequence = {}});
        written.push_back(&item);
    }
    if (written.empty()) return {};
    const auto receipt = append(batch);
    if (!receipt) return fail(receipt.error());
    if (receipt->refusal) return fail(Errc::refused, receipt->refusal->faults.front().detail);
    invariant(receipt->outcomes.size() == written.size(), "each change is told what became of it");
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (receipt->outcomes[i].outcome == Became::appended) continue;
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
        submit_(batch, [awaited](Result<Receipt> receipt) { awaited->give(std::move(receipt)); });
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
