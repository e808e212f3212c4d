// The sequencer: the one writer. Gives every record its place and makes it visible.
//
//     submit  ->  [queue]  ->  admit -> fold -> append, fsync -> show -> acknowledge
//
// It takes everything that waits (up to a bound) as one group: each batch sees the effects of
// those before it, and the group is one synced write. If the append fails, nothing of the group
// is shown and nobody is acknowledged; the log is reopened, what had reached the disk is folded,
// and only then are new batches taken.
//
// Between groups it builds what the configuration declares and the state does not hold yet, one
// slice at a time (engine/folding/table_walk.h); what was built is shown at once when it is whole.
//
// Invariants
//   - Nothing is visible before it is durable; nothing is acknowledged before it is readable.
//   - A batch is admitted whole, or with `partial` up to its first wrong record, or not at all.
//   - For each item, records stand in the log in the order of their sequence numbers.
//   - The read point's state is the fold of the log up to the read point's position, and every
//     projection that can be read at it is whole.
//
// Threads: submit, read_point, status, when_reached, give_up: any. The rest of the work is done
// by the sequencer's own thread after start(), or by the caller of fold_log() and step().
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/folding/log_fold.h"
#include "engine/folding/projector.h"
#include "engine/folding/state_contents.h"
#include "engine/folding/table_walk.h"
#include "engine/observing/metrics.h"
#include "engine/observing/record_tally.h"
#include "engine/observing/status.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/batch_judgement.h"
#include "engine/views/read_point.h"
#include "engine/watching/record_tail.h"
#include "storage/data_folder.h"
#include "storage/result.h"

namespace freshet::engine {

inline constexpr std::size_t group_records_max = 16'384;
inline constexpr std::size_t group_bytes_max = 4U << 20U;  // of bodies; the first batch always fits

using AppendDone = std::function<void(Result<Receipt>)>;

struct SequencerOptions {
    std::size_t queue_bytes = 64U << 20U;  // of bodies that wait; beyond it, writers hear `busy`
    std::size_t tail_bytes = 32U << 20U;   // of the newest records, kept for those who follow
    std::size_t slice_items = slice_items_default;  // walked between two groups to build new rows
    // Hears of each fault that ends serving until recovery, from the sequencer's thread.
    std::function<void(const Error& fault)> on_fault;
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
    // Fails as reading the log and writing the state do; it may be called again.
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
    std::uint64_t when_reached(storage::Position position, std::function<void()> reached);
    void give_up(std::uint64_t ticket);
    [[nodiscard]] SequencerStatus status() const;

    // The newest records; what is behind the read point's position is not to be shown yet.
    [[nodiscard]] const RecordTail& tail() const { return tail_; }

private:
    struct Waiting {
        ChangeBatch batch;
        AppendDone done;
        Clock::TimePoint submitted;
    };
    // What is being built from the batches of one group.
    struct Group {
        storage::LogBatch log;
        storage::StateBatch state;
        std::uint64_t gaps = 0;
        RecordTally tally = {};
    };

    Result<void> enqueue(Waiting& waiting);

    void run();
    [[nodiscard]] bool is_stopping() const;
    [[nodiscard]] bool wait_for_work();
    std::vector<Waiting> take_group();
    void count(const Waiting& answered, const Receipt& receipt, Clock::TimePoint now);
    Result<std::vector<Receipt>> process(std::vector<Waiting>& group);
    Result<Receipt> admit(const ChangeBatch& batch, Group& group);
    Result<storage::Position> take_in(const storage::Change& change, const Judged& judged,
                                      Group& group);
    Result<void> commit(Group group);
    Result<void> show(const storage::LogMark& mark);
    tl::unexpected<Error> stall(const Error& error);

    Result<storage::LogMark> trusted_state();
    Result<storage::LogMark> clear_state();
    Result<storage::LogMark> take_over_state(const storage::LogMark& trusted);
    Result<bool> try_to_take_over(const storage::LogMark& trusted);
    Result<void> build_slice();
    void tell_builds(const storage::StateSnapshot& state);
    Result<void> tell(const FoldProgress& progress);
    void hide();
    void suspend(const Error& fault);
    void answer_queue(const Error& error);
    void mark_if_due();
    [[nodiscard]] std::string unavailable_message() const;

    const Catalog& catalog_;
    storage::DataFolder& folder_;
    const Clock& clock_;
    Metrics& metrics_;
    const SequencerOptions options_;
    RecordTail tail_;

    mutable std::mutex mutex_;  // guards what follows, up to the next comment
    std::condition_variable wake_;
    std::deque<Waiting> queue_;
    bool stopping_ = false;
    SequencerStatus status_;
    std::shared_ptr<const ReadPoint> read_point_;  // null while there is none to show
    struct Waiter {
        std::uint64_t ticket;
        std::function<void()> reached;
    };
    std::multimap<storage::Position, Waiter> waiters_;
    std::uint64_t tickets_ = 0;

    const std::shared_ptr<DamageFlag> damage_ = std::make_shared<DamageFlag>(false);

    // Of the thread that does the work alone.
    Clock::TimePoint marked_at_{};
    storage::LogMark marked_;
    StateContents contents_;
    bool state_is_sound_ = true;  // false once it was seen to be damaged, until it is rebuilt
    std::thread thread_;
};

}  // namespace freshet::engine
