// One reconciliation: a whole export of a table compared with the table, and what the table missed
// put right. It is for the time after a stream lost records: an item that was changed or removed
// meanwhile is put right by no record that comes later.
//
//     take(items) …  ->  ExportShelf ┐
//                                    ├─ Comparison  ->  changes  ->  Sequencer
//                          the table ┘
//
// First all items are taken, so that an export that came only in part changes nothing. Then the
// work counts what would be done. Only if that removes no more than is allowed does it go through
// both a second time, and write. Each change is judged once more by the sequencer, at its place:
// what a stream brings meanwhile is not lost. The notice at the end names the position at which the
// writing began, since only an item that no stream has moved after it is known to be even.
//
// It may be stopped at any moment, and done again: what was put right is as the export has it then.
//
// Invariants
//   - The table is read as it is shown: never while the log is being folded.
//   - Nothing is written before all of the table was counted.
//   - No more items are removed than was allowed.
//   - What is held in memory does not grow with the export or the table.
//   - The shelf is gone once the work has come to its end, or nobody asked for it for idle_max.
//
// Threads: any. The work is done by a thread of its own.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/reconciling/comparison.h"
#include "engine/reconciling/export_shelf.h"
#include "engine/reconciling/item_finding.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/batch_queue.h"
#include "engine/text/enum_words.h"
#include "engine/views/read_point.h"
#include "storage/data_folder.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/thread_safety.h"
#include "storage/time.h"

namespace freshet::engine {

inline constexpr std::chrono::minutes reconciliation_idle_max{10};
inline constexpr std::size_t reconciliation_samples_max = 20;  // of each finding

// What is to be reconciled.
struct ReconciliationOrder {
    const Table* table = nullptr;
    storage::SourceTime moment;  // of the export
    bool told = false;           // whether those who watch hear of the changes
    std::string by;              // who asked for it; empty where nobody had to say
};

// The names are told to clients (docs/from-dynamodb.md).
enum class ReconciliationPhase {
    receiving,  // takes the items of the export
    counting,   // compares them with the table
    counted,    // has counted, and written nothing
    refused,    // would remove more than is allowed, and has written nothing
    applying,   // writes the differences
    done,       // has written them
    failed,     // a fault ended it; what was written until then stands
    ended       // somebody ended it, or nobody asked for it for long
};

struct ReconciliationStatus {
    template <class T>
    using ByFinding = std::array<T, enum_count<ItemFinding>>;

    [[nodiscard]] std::uint64_t count(ItemFinding finding) const {
        return counts[static_cast<std::size_t>(finding)];
    }

    ReconciliationPhase phase = ReconciliationPhase::receiving;
    std::uint64_t received = 0;  // items of the export
    std::uint64_t present = 0;   // items that the table has, as far as they were counted
    ByFinding<std::uint64_t> counts{};
    ByFinding<std::vector<std::string>> samples;  // the keys of some, but for those that are even
    double share = 0;                             // of the table, about, that was gone through
    storage::Position position;                   // of the newest change that was written
    std::string detail;                           // why it was refused, would be, failed or ended
};

class Reconciliation {
public:
    // What of the engine it uses.
    struct Engine {
        storage::DataFolder& folder;  // for the shelf
        // The newest read point; see Engine::read_point.
        std::function<Result<std::shared_ptr<const ReadPoint>>()> read_point;
        // Hands a batch to the sequencer; see Engine::append.
        std::function<void(ChangeBatch batch, AppendDone done)> submit;
    };

    // Begins to take items. Borrows the order's table and the folder.
    Reconciliation(ReconciliationOrder order, Engine engine,
                   std::chrono::milliseconds idle_max = reconciliation_idle_max);
    // Ends what is under way.
    ~Reconciliation();
    Reconciliation(const Reconciliation&) = delete;
    Reconciliation& operator=(const Reconciliation&) = delete;

    // Names it: at random.
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const ReconciliationOrder& order() const { return order_; }

    // Takes items of the export. `done` is called exactly once, from any thread or from this call;
    // its receipt counts what was taken as appended, and refuses what is no item of an export of
    // the table.
    // Answers busy       if too much waits for the disk;
    //         gone       if it takes no items any more;
    //         disk_full, io.
    void take(ChangeBatch batch, AppendDone done);

    // Begins to count and then, unless it is a dry run, to write. At most `removals_max` items may
    // be removed; a tenth of the table's if that is not said.
    // Fails with refused  if it is at work already, or has come to its end.
    Result<void> run(bool is_dry, std::optional<std::uint64_t> removals_max);

    // Ends it soon, unless it has come to its end.
    void end(const std::string& why);

    // Whether it has neither come to its end nor is about to.
    [[nodiscard]] bool is_open() const;
    // Whether it has come to its end and let go of the shelf: then it is gone without a wait.
    [[nodiscard]] bool is_finished() const;
    // Asking keeps it from being ended for want of being asked for; a glance does not.
    [[nodiscard]] ReconciliationStatus status();
    [[nodiscard]] ReconciliationStatus glance() const;

private:
    struct Run {
        bool is_dry = true;
        std::optional<std::uint64_t> removals_max;
    };
    using Waiting = std::pair<ChangeBatch, AppendDone>;

    std::optional<Error> put(Waiting& waiting);
    void work();
    bool work_once();
    Result<Receipt> shelve(const ChangeBatch& batch);
    void run_to_end(const Run& run);
    bool make_shelf();
    Result<void> count();
    Result<void> apply(std::uint64_t removals_max);
    void begin_walk();
    Result<std::vector<ComparedItem>> next_items(Comparison& comparison);
    Result<void> write(std::vector<ComparedItem>& items, storage::Position begun);
    Result<bool> is_written(const ComparedItem& item, storage::Position begun);
    Result<void> tell_even(storage::Position begun);
    Result<std::shared_ptr<const ReadPoint>> read_point();
    Result<Receipt> append(const ChangeBatch& batch);
    void note(const std::vector<ComparedItem>& items);
    void come_to(ReconciliationPhase phase, const std::string& detail = {});
    bool pause_before(std::chrono::steady_clock::time_point deadline);
    [[nodiscard]] bool is_ending() const;

    const std::string id_;
    const ReconciliationOrder order_;
    const Engine engine_;
    const std::chrono::milliseconds idle_max_;

    mutable Mutex mutex_;
    mutable std::condition_variable changed_;
    std::deque<Waiting> waiting_ FRESHET_GUARDED_BY(mutex_);
    std::optional<Run> wanted_ FRESHET_GUARDED_BY(mutex_);
    std::optional<std::string> ending_ FRESHET_GUARDED_BY(mutex_);  // why it is to end
    std::chrono::steady_clock::time_point asked_at_ FRESHET_GUARDED_BY(mutex_);
    ReconciliationStatus status_ FRESHET_GUARDED_BY(mutex_);
    bool is_finished_ FRESHET_GUARDED_BY(mutex_) = false;

    // Of the thread alone.
    std::optional<ExportShelf> shelf_;
    std::thread thread_;
};

}  // namespace freshet::engine
