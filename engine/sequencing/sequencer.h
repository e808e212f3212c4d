// The sequencer: the one writer. A thread that takes what waits, group by group, and mends what
// fails.
//
//     submit  ->  BatchQueue  ->  GroupWriter (admit, fold, append, show)  ->  done
//                                 StateKeeper (start, recovery, and builds between two groups)
//
// It takes everything that waits (up to a bound) as one group. If the disk fails, nobody of the
// group is acknowledged, and neither is anyone who waits; the log is opened again, what had reached
// the disk is folded, and only then are new batches taken. What was shown last can be read all the
// while. A disk that is full is a fault that is waited for: nothing is closed before there is room.
// A group that the room left is too small for is no such fault: its batches are tried one by one,
// and only those are turned away that do not fit.
// Between groups it builds what the configuration declares and the state does not hold yet, one
// slice at a time (engine/folding/table_walk.h); what was built is shown at once when it is whole.
// Then, too, the state is written behind what was committed, once there is enough of it or nothing
// comes.
//
// Invariants: those of its parts.
//
// Threads: submit, read_point, status, when_reached, give_up, tail, hear_revocations: any. The rest
// of the work is done by the sequencer's own thread after start(), or by the caller of fold_log()
// and step().
#pragma once

#include <algorithm>
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
#include "engine/watching/live_board.h"
#include "engine/watching/record_tail.h"
#include "storage/data_folder.h"
#include "storage/result.h"

namespace freshet::engine {

struct SequencerOptions {
    std::size_t queue_bytes =
        64U << 20U;  // of memory for batches that wait; beyond it, writers hear `busy`
    std::size_t tail_bytes = 32U << 20U;  // of the newest records, kept for those who follow
    LiveLimits live;                      // what all live views may take
    std::size_t slice_items = slice_items_default;  // walked between two groups to build new rows
    // Hears of each fault that ends serving until recovery, from the sequencer's thread.
    std::function<void(const Error& fault)> on_fault;
    // Hears that writes are taken again after such a fault, from the same thread.
    std::function<void()> on_mended;
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

// How long to wait before the next try to mend: a second at first, then twice as long each time,
// up to two, since each try may write as much as is needed.
class RetryPause {
public:
    [[nodiscard]] bool is_over(Clock::TimePoint now) const { return now >= over_; }
    void begin(Clock::TimePoint now) {
        over_ = now + length_;
        length_ = std::min(2 * length_, longest);
    }
    void reset() { *this = {}; }

private:
    static constexpr std::chrono::seconds longest{2};
    Clock::TimePoint over_;
    std::chrono::seconds length_{1};
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

    // After a fault of the disk: looks for room, mends the log and the state, and folds what is
    // missing. What was shown last can be read meanwhile, unless the state has to be opened again.
    // Fails with disk_full  while there is no room, before anything is closed; busy  while a read
    // holds what is to be closed; and as opening and fold_log() do. It may be called again.
    Result<void> recover();

    // Looks whether the disk is full, which is then known before a write finds out.
    void look_at_disk();

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
    [[nodiscard]] LiveBoard& live() { return live_; }
    [[nodiscard]] const LiveBoard& live() const { return live_; }

private:
    void run();
    [[nodiscard]] bool wait_for_work() const;
    Result<void> begin_serving();
    Result<void> mend();
    void mend_if_due();
    Result<void> build_slice();
    void acknowledge(WaitingBatch& waiting, Receipt receipt, Clock::TimePoint now);
    void write(std::vector<WaitingBatch> group);
    void write_one_by_one(std::vector<WaitingBatch>& group);
    void turn_away(std::vector<WaitingBatch>& group, const Error& error);
    [[nodiscard]] Result<void> check_room() const;
    void suspend(const Error& fault);
    Result<void> tell_builds();
    void mark_if_due();
    void write_state_behind();
    void look_at_disk_if_due();
    [[nodiscard]] Error refusal(BatchQueue::Answer answer) const;

    storage::DataFolder& folder_;
    const Clock& clock_;
    Metrics& metrics_;
    const SequencerOptions options_;
    RecordTail tail_;
    LiveBoard live_;
    BatchQueue queue_;
    ReadPointBoard board_;
    RevocationBoard revocations_;
    Progress progress_;

    // Of the thread that does the work alone.
    StateKeeper keeper_;
    GroupWriter writer_;
    Warnings<SuspiciousByTable> suspicious_;
    Warnings<RefusedByTable> refused_;
    RetryPause pause_;
    Clock::TimePoint looked_at_;
    Clock::TimePoint marked_at_;
    Clock::TimePoint wrote_at_;  // the last group
    storage::LogMark marked_;
    bool has_more_to_wake_ = false;  // those whose position is reached
    std::thread thread_;
};

}  // namespace freshet::engine
