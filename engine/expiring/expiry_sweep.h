// Has items expire: looks once a second at what is due, table by table, and hands it in.
//
//     the list of what is due  ->  a slice of keys  ->  the sequencer, which judges each  ->  …
//
// The clock is looked at here alone. What it said goes with the slice, so nothing that folds or
// reads asks for the time. A clock that is wrong would remove what cannot be brought back: so if
// the wall clock moves by more than an hour against the one that only counts, nothing expires until
// it has come back, or the server is started again.
//
// A slice is small, and the next one is read once the last is written: writers have their turns in
// between, however much is due at once. So have the tables: one that has much, or fails, holds up
// no other.
//
// Invariants
//   - Nothing is handed in while it is halted.
//   - Where nothing is due, nothing is written.
//
// Threads: start, stop: one. status: any. sweep: its own thread, or the caller where that is not
// started.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/observing/status.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/batch_queue.h"
#include "engine/views/read_point.h"
#include "storage/result.h"

namespace freshet::engine {

class ExpirySweep {
public:
    // Of the engine: what can be read, and where batches go.
    struct Engine {
        std::function<Result<std::shared_ptr<const ReadPoint>>()> read_point;
        std::function<void(ChangeBatch batch, AppendDone done)> submit;
    };
    // Hears that the clock has moved by so much, or that it has come back; from the sweep's thread.
    using ClockListener = std::function<void(const ExpiryStatus& status)>;

    // Borrows the catalog and the clock.
    ExpirySweep(const Catalog& catalog, const Clock& clock, Engine engine, ClockListener listener);
    ~ExpirySweep();
    ExpirySweep(const ExpirySweep&) = delete;
    ExpirySweep& operator=(const ExpirySweep&) = delete;

    // Starts the thread, if any table has items that expire.
    void start();
    // Ends it, once the slice under way is answered: before the sequencer is stopped.
    void stop();

    // Has everything expire that is due now. Returns how many items that were.
    // Fails as reading and appending do, once the other tables are done; what is left is for the
    // next one.
    Result<std::size_t> sweep();

    [[nodiscard]] ExpiryStatus status() const;

private:
    // A table that is being swept.
    struct Turn {
        const Table* table = nullptr;
        PageRequest request;      // of the next slice
        bool is_waiting = false;  // as ExpiryStatus::waiting
        bool is_done = false;
    };

    void run();
    [[nodiscard]] bool is_stopped() const;
    // Looks at the clock. Returns nothing if it is not to be believed.
    std::optional<std::chrono::sys_seconds> moment();
    Result<std::size_t> sweep_slice(Turn& turn, const DueTimes& times) const;
    [[nodiscard]] Result<Receipt> append(DueItems due) const;

    const Catalog& catalog_;
    const Clock& clock_;
    const Engine engine_;
    const ClockListener listener_;

    // Of the thread that sweeps: how far the wall clock is ahead of the one that only counts, as it
    // was believed last.
    std::optional<std::chrono::system_clock::duration> ahead_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    ExpiryStatus status_;
    Clock::TimePoint swept_at_;
    bool is_stopped_ = false;
    std::thread thread_;
};

}  // namespace freshet::engine
