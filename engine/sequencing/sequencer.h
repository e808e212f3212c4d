// The sequencer: the one writer. A thread that takes what waits, group by group, and mends what
// fails.
//
//     submit  ->  BatchQueue  ->  GroupWriter (admit, fold, append, show)  ->  done
//                                 StateKeeper (start, recovery, and builds between two groups)
//
// It takes everything that waits (up to a bound) as one group. If the disk fails, nobody of the
// group is acknowledged, and neither is anyone who waits; the log is opened again, what had reached
// the disk is folded, and only then are new batches taken. Between groups it builds what the
// configuration declares and the state does not hold yet, one slice at a time
// (engine/folding/table_walk.h); what was built is shown at once when it is whole.
//
// Invariants: those of its parts.
//
// Threads: submit, read_point, status, when_reached, give_up, tail, hear_revocations: any. The rest
// of the work is done by the sequencer's own thread after start(), or by the caller of fold_log()
// and step().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/folding/state_keeper.h"
#include "engine/folding/table_walk.h"
#include "engine/observing/metrics.h"
#include "engine/observing/status.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/batch_queue.h"
#include "engine/sequencing/group_writer.h"
#include "engine/sequencing/progress.h"
#include "engine/sequencing/read_point_board.h"
#include "engine/sequencing/revocation_board.h"
#include "engine/views/read_point.h"
#include "engine/watching/record_tail.h"
#include "storage/data_folder.h"
#include "storage/result.h"

namespace freshet::engine {

struct SequencerOptions {
    std::size_t queue_bytes = 64U << 20U;  // of bodies that wait; beyond it, writers hear `busy`
    std::size_t tail_bytes = 32U << 20U;   // of the newest records, kept for those who follow
    std::size_t slice_items = slice_items_default;  // walked between two groups to build new rows
    // Hears of each fault that ends serving until recovery, from the sequencer's thread.
    std::function<void(const Error& fault)> on_fault;
    // Hear, each at most once a minute, of duplicates that look newer than what won, and of streams
    // that are not taken: of those since it was told last, from the sequencer's thread.
    std::function<void(const SuspiciousByTable& duplicates)> on_suspicious;
    std::function<void(const RefusedByTable& streams)> on_refused;
};

// What somebody is to be told of, but at most once a minute.
template <class ByTable>
class Warnings {
public:
    void note(const ByTable& warnings) { add(untold_, warnings); }

    // Tells what was noted, if it is time for that.
    void tell(const std::function<void(const ByTable&)>& told, Clock::TimePoint now) {
        if (untold_.empty() || (told_at_ && now - *told_at_ < std::chrono::minutes(1))) return;
        told_at_ = now;
        const ByTable warnings = std::exchange(untold_, {});
        if (told) told(warnings);
    }

private:
    ByTable untold_;
    std::optional<Clock::TimePoint> told_at_;
};

class Sequencer {
public:
    // Borrows all but the options; what is borrowed must outlive the sequencer.
    Sequencer(const Catalog& catalog, storage::DataFolder& folder, const Clock& clock,
              Metrics& metrics, SequencerOptions options);
    ~Sequencer();
    Sequencer(const Sequencer&) = delete;
    Sequencer& operator=(const Sequencer&) = delete;

    // Starts the thread, which folds the log and then takes groups until stop().
    void start();
    // Answers everything that is queued, settles the data folder and ends the thread.
    void stop();

    // Folds the rest of the log into the state, or all of it if the state is of another log.
    // Batches are taken only once this has succeeded.
    // Fails as StateKeeper::bring_up() does; it may be called again.
    Result<void> fold_log();

    // After a fault of the disk: opens the log and the state again and folds what is missing.
    // Fails as opening and fold_log() do; it may be called again.
    Result<void> recover();

    // Takes one group off the queue and answers it. Returns whether there was one.
    bool step();

    // Builds one slice of what the state does not hold yet. Returns whether there is more to build.
    bool build();

    // See Engine::append, read_point, when_reached and give_up, which are these.
    void submit(ChangeBatch batch, AppendDone done);
    [[nodiscard]] Result<std::shared_ptr<const ReadPoint>> read_point() const;
    std::uint64_t when_reached(storage::Position position, std::function<void()> reached) {
        return board_.when_reached(position, std::move(reached));
    }
    void give_up(std::uint64_t ticket) { board_.give_up(ticket); }
    [[nodiscard]] SequencerStatus status() const { return progress_.status(); }

    // See Engine::hear_revocations.
    void hear_revocations(RevocationBoard::Listener listener);

    // The newest records; what is after the read point's position is not to be shown yet.
    [[nodiscard]] const RecordTail& tail() const { return tail_; }

private:
    void run();
    [[nodiscard]] bool wait_for_work() const;
    Result<void> begin_serving();
    Result<void> build_slice();
    void acknowledge(WaitingBatch& waiting, Receipt receipt, Clock::TimePoint now);
    void turn_away(std::vector<WaitingBatch>& group, const Error& error);
    void suspend(const Error& fault);
    Result<void> tell_builds();
    void mark_if_due();
    [[nodiscard]] Error refusal(BatchQueue::Answer answer) const;

    storage::DataFolder& folder_;
    const Clock& clock_;
    Metrics& metrics_;
    const SequencerOptions options_;
    RecordTail tail_;
    BatchQueue queue_;
    ReadPointBoard board_;
    RevocationBoard revocations_;
    Progress progress_;

    // Of the thread that does the work alone.
    StateKeeper keeper_;
    GroupWriter writer_;
    Warnings<SuspiciousByTable> suspicious_;
    Warnings<RefusedByTable> refused_;
    Clock::TimePoint marked_at_;
    storage::LogMark marked_;
    std::thread thread_;
};

}  // namespace freshet::engine
