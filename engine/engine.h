// The one door to Freshet for http/ and tools/: append, read, wait.
//
//     append(batch)  ->  Sequencer (admit, fold, append, show)  ->  done(receipt)
//     read_point()   ->  items, list pages, records and histories as of one position
//
// Threads: any, for every call but open(), start() and stop(). Calls do not block on the disk but
// for point and range reads; append() answers through a callback.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/commands/unique_key.h"
#include "engine/expiring/expiry_sweep.h"
#include "engine/functions/function_board.h"
#include "engine/observing/metrics.h"
#include "engine/reconciling/reconciliation.h"
#include "engine/records/change_batch.h"
#include "engine/records/known_families.h"
#include "engine/sequencing/sequencer.h"
#include "engine/views/item_history.h"
#include "engine/views/read_point.h"
#include "engine/watching/live_board.h"
#include "engine/watching/live_point.h"
#include "engine/watching/record_tail.h"
#include "storage/data_folder.h"
#include "storage/result.h"

namespace freshet::engine {

struct EngineOptions {
    std::string path;  // of the data folder
    storage::StorageOptions storage;
    SequencerOptions sequencer;
    const Clock* clock = nullptr;  // null: the machine's
    // Hears that items have ceased to expire, or do so again, as the clock has it.
    ExpirySweep::ClockListener on_clock_moved;
    Functions functions;  // whose tables are the catalog's
};

class Engine {
public:
    // Opens the data folder. Reads and writes answer `unavailable` until start() has folded the
    // log. Fails as storage::DataFolder::open() does.
    static Result<std::unique_ptr<Engine>> open(std::shared_ptr<const Catalog> catalog,
                                                EngineOptions options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Starts the sequencer's thread, which folds the rest of the log and then takes batches, and
    // the one that has items expire.
    void start();
    // Answers what is queued, settles the data folder and ends the thread. Later appends answer
    // `unavailable`.
    void stop();

    [[nodiscard]] const Catalog& catalog() const { return *catalog_; }

    // Hands the batch in: to the sequencer, or to the reconciliation that it names. `done` is
    // called exactly once, from the thread of either or from this call, and must not block.
    //
    // Answers busy         if the queue is full;
    //         unavailable  while folding, after a disk fault until it is mended, or once stopped;
    //         gone         if there is no such reconciliation; and as Reconciliation::take().
    void append(ChangeBatch batch, AppendDone done);

    // A key that no item has, for one that is made now (engine/commands/unique_key.h).
    [[nodiscard]] std::string unique_key() const;

    // Begins a reconciliation; one at a time.
    // Fails with refused      if another is under way;
    //            busy         if the last one has not let go of its shelf yet;
    //            unavailable  once stopped.
    Result<std::shared_ptr<Reconciliation>> reconcile(ReconciliationOrder order);

    // The newest reconciliation, which may have come to its end; null if there was none. The caller
    // lets go of it before the engine is stopped.
    [[nodiscard]] std::shared_ptr<Reconciliation> reconciliation() const;

    // The newest moment that may be shown.
    // Fails with unavailable  until the log is folded; the message tells how far that is.
    [[nodiscard]] Result<std::shared_ptr<const ReadPoint>> read_point() const {
        return sequencer_->read_point();
    }

    // Calls `reached` once, from any thread or from this call, when read_point() is at `position`
    // or later. `reached` must neither block nor call the engine. Returns a ticket for give_up().
    std::uint64_t when_reached(storage::Position position, std::function<void()> reached) {
        return sequencer_->when_reached(position, std::move(reached));
    }
    // Forgets the wait; after this call `reached` is not called any more.
    void give_up(std::uint64_t ticket) { sequencer_->give_up(ticket); }

    // Has the listener told of the tokens that are revoked: of all of them as soon as they are
    // known, at once or once the log is folded, and then of each that comes, before it is
    // acknowledged. It may hear of one again. An empty one ends that; none is called after this
    // returns. It is called from the sequencer's thread or from this call, and must neither block
    // nor call the engine.
    void hear_revocations(RevocationBoard::Listener listener) {
        sequencer_->hear_revocations(std::move(listener));
    }

    // The records after a position, up to the read point's. Fails as ChangeLog::read_after() does.
    Result<std::vector<storage::Record>> records_after(const ReadPoint& read_point,
                                                       storage::Position after,
                                                       const storage::ReadLimit& limit) const;

    // The record at that position; nothing if there is none. Fails as ChangeLog::read_after() does.
    [[nodiscard]] Result<std::optional<storage::Record>> record_at(
        const ReadPoint& read_point, storage::Position position) const;

    // The position behind which the first record stands that was appended at that time or later.
    // Fails as ChangeLog::read_after() does.
    [[nodiscard]] Result<storage::Position> position_before(const ReadPoint& read_point,
                                                            storage::AppendTime time) const;

    // The same for those who follow the log: from the shared tail where that reaches back so far.
    [[nodiscard]] Result<WatchedRecords> watched_after(const ReadPoint& read_point,
                                                       storage::Position after,
                                                       const storage::ReadLimit& limit) const;

    // Those who watch views as they change.
    [[nodiscard]] LiveBoard& live() { return sequencer_->live(); }
    [[nodiscard]] const LiveBoard& live() const { return sequencer_->live(); }
    // The read point of which they are told at the moment: not a part of what the engine is.
    [[nodiscard]] LivePoint& live_point() const { return live_point_; }

    // The item's history as of the read point, which must be this engine's; nothing if the item
    // never was. Fails as ItemHistory::find() does.
    [[nodiscard]] Result<std::optional<ItemHistory>> history(
        const ReadPoint& read_point, const Table& table, const std::vector<std::string>& key) const;

    [[nodiscard]] SequencerStatus status() const { return sequencer_->status(); }
    [[nodiscard]] ExpiryStatus expiry() const { return expiry_->status(); }

    // The functions that are declared. Who feeds them is not the engine's affair (http/functions/).
    [[nodiscard]] FunctionBoard& functions() { return functions_; }
    [[nodiscard]] const FunctionBoard& functions() const { return functions_; }

    // From which families the tables take, as the newest read point has it, or the last one that
    // was seen. The answer borrows the engine. Fails as read_point() does.
    [[nodiscard]] Result<AskFamilies> families() const;

    // What the data folder takes at this moment; see storage::DataFolder::usage().
    [[nodiscard]] storage::FolderUsage usage() const { return folder_->usage(); }

    // By which everything here tells the time.
    [[nodiscard]] const Clock& clock() const { return clock_; }

    // Where the log ended when the data folder was opened.
    [[nodiscard]] storage::Position opened_at_position() const { return opened_at_position_; }

    // Since the data folder was opened.
    [[nodiscard]] std::chrono::seconds uptime() const;

    [[nodiscard]] Metrics& metrics() { return metrics_; }
    // All metrics in Prometheus' text format.
    [[nodiscard]] std::string metrics_text() const {
        return metrics_.text(status(), expiry(), usage(), function_statuses(), unread());
    }

    // What is kept of records that could not be understood; nothing while it cannot be read.
    [[nodiscard]] std::optional<UnreadTotal> unread() const;

    // How the function, which is one of functions(), is doing at this moment.
    [[nodiscard]] FunctionStatus function_status(const Function& function) const {
        return functions_.status(function, status().folded, clock_.wall_now());
    }
    // The same of each, in the order of the configuration.
    [[nodiscard]] std::vector<FunctionStatus> function_statuses() const {
        return functions_.statuses(status().folded, clock_.wall_now());
    }

    // For tests that step the sequencer without its thread.
    [[nodiscard]] Sequencer& sequencer() { return *sequencer_; }

private:
    Engine(std::shared_ptr<const Catalog> catalog, std::unique_ptr<storage::DataFolder> folder,
           EngineOptions options);

    std::shared_ptr<const Catalog> catalog_;
    std::unique_ptr<storage::DataFolder> folder_;
    const Clock& clock_;
    const Clock::TimePoint opened_at_;
    const storage::Position opened_at_position_;
    Metrics metrics_;
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<ExpirySweep> expiry_;
    FunctionBoard functions_;
    mutable UniqueKeys unique_keys_;
    mutable LivePoint live_point_{[this] { return read_point(); }};

    mutable std::mutex reconciliation_mutex_;  // guards what follows
    std::shared_ptr<Reconciliation> reconciliation_;
    bool is_stopped_ = false;
};

}  // namespace freshet::engine
