#include "engine/expiring/expiry_sweep.h"

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "engine/access/caller.h"
#include "engine/folding/lineage.h"

namespace freshet::engine {
namespace {

constexpr auto interval = std::chrono::seconds(1);
constexpr auto jump_max = std::chrono::hours(1);
// About as long as a group of other writers takes.
constexpr std::size_t slice_items_max = 256;

}  // namespace

ExpirySweep::ExpirySweep(const Catalog& catalog, const Clock& clock, Engine engine,
                         ClockListener listener)
    : catalog_(catalog),
      clock_(clock),
      engine_(std::move(engine)),
      listener_(std::move(listener)),
      swept_at_(clock.now()) {
    status_.is_on = std::any_of(catalog.tables().begin(), catalog.tables().end(),
                                [](const auto& table) { return table->expires.has_value(); });
}

ExpirySweep::~ExpirySweep() {
    stop();
}

void ExpirySweep::start() {
    const std::lock_guard lock(mutex_);
    if (!status_.is_on || is_stopped_) return;
    swept_at_ = clock_.now();
    thread_ = std::thread(&ExpirySweep::run, this);
}

void ExpirySweep::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool ExpirySweep::is_stopped() const {
    const std::lock_guard lock(mutex_);
    return is_stopped_;
}

// What fails is tried again: a log that is folded or mended, a queue that is full.
void ExpirySweep::run() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, interval, [this] { return is_stopped_; })) {
        lock.unlock();
        (void)sweep();
        lock.lock();
    }
}

ExpiryStatus ExpirySweep::status() const {
    const std::lock_guard lock(mutex_);
    ExpiryStatus status = status_;
    if (status.is_on) {
        status.behind = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - swept_at_);
    }
    return status;
}

std::optional<std::chrono::sys_seconds> ExpirySweep::moment() {
    const auto wall = clock_.wall_now();
    const auto counted = std::chrono::duration_cast<std::chrono::system_clock::duration>(
        clock_.now().time_since_epoch());
    const auto ahead = wall.time_since_epoch() - counted;
    const auto moved = ahead - ahead_.value_or(ahead);
    const bool is_believed = moved <= jump_max && -moved <= jump_max;
    if (is_believed) ahead_ = ahead;

    ExpiryStatus status;
    bool is_told = false;
    {
        const std::lock_guard lock(mutex_);
        is_told = status_.is_halted == is_believed;
        status_.is_halted = !is_believed;
        status_.clock_moved = std::chrono::duration_cast<std::chrono::seconds>(
            is_believed ? std::chrono::system_clock::duration{} : moved);
        status = status_;
    }
    if (is_told && listener_) listener_(status);
    if (!is_believed) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(wall);
}

Result<std::size_t> ExpirySweep::sweep() {
    const Clock::TimePoint begin = clock_.now();
    const auto now = moment();
    if (!now) return 0;
    const DueTimes times(*now);
    std::vector<Turn> turns;
    for (const auto& table : catalog_.tables()) {
        if (!table->expires) continue;
        turns.push_back({.table = table.get(),
                         .request = {.partition = {},
                                     .limit = slice_items_max,
                                     .cursor = {},
                                     .order = std::nullopt,
                                     .since = times.since(),
                                     .until = times.until(),
                                     .tells_keys = true}});
    }
    std::size_t expired = 0;
    std::optional<Error> failure;
    std::vector<std::string> waiting;
    while (!turns.empty() && !is_stopped()) {
        for (Turn& turn : turns) {
            const auto swept = sweep_slice(turn, times);
            if (swept) expired += *swept;
            if (!swept && !failure) failure = swept.error();
            if (!swept) turn.is_done = true;
            if (turn.is_waiting) waiting.push_back(turn.table->name);
        }
        std::erase_if(turns, [](const Turn& turn) { return turn.is_done; });
    }
    const std::lock_guard lock(mutex_);
    status_.waiting = std::move(waiting);
    if (failure) return fail(*failure);
    swept_at_ = begin;
    return expired;
}

// From cursor to cursor: what comes before one while this is under way is found by the next sweep.
Result<std::size_t> ExpirySweep::sweep_slice(Turn& turn, const DueTimes& times) const {
    const Table& table = *turn.table;
    const auto read_point = engine_.read_point();
    if (!read_point) return fail(read_point.error());
    auto page = (*read_point)->page(*table.due, turn.request, *everybody());
    if (!page) return fail(page.error());
    turn.is_done = page->next.empty();
    turn.request.cursor = std::move(page->next);
    if (page->keys.empty()) return 0;
    if (table.is_direct) {
        const auto lineage = (*read_point)->lineage(table);
        if (!lineage) return fail(lineage.error());
        turn.is_waiting = !is_written_here(table, *lineage);
        turn.is_done = turn.is_done || turn.is_waiting;
        if (turn.is_waiting) return 0;
    }
    const auto receipt = append({.table = &table, .times = times, .keys = std::move(page->keys)});
    if (!receipt) return fail(receipt.error());
    return receipt->appended;
}

// The sequencer answers each batch, also when it stops.
Result<Receipt> ExpirySweep::append(DueItems due) const {
    std::promise<Result<Receipt>> answer;
    auto answered = answer.get_future();
    ChangeBatch batch;
    batch.due = std::move(due);
    engine_.submit(std::move(batch),
                   [&answer](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    return answered.get();
}

}  // namespace freshet::engine
