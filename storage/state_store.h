// The state store: items, rows, facts about them, and the checkpoint up to which they take account
// of the log.
//
// A cache of the log with a checkpoint. It has no write-ahead log: what a crash leaves on disk is
// some earlier commit, whole, and the records after its checkpoint are folded in again. Delete it
// and it comes back.
//
//     a batch  ->  commit()  ->  [window]  ->  write_behind(): many commits as one  ->  database
//
// What a commit makes visible is in memory at first (storage/state_window.h). A snapshot is of the
// database as it was written last, with the commits since over it.
//
// Invariants
//   - The rows of a commit and its checkpoint become visible together, and reach the disk together.
//   - A snapshot never changes.
//   - Within an epoch a checkpoint never goes back, and one position has one mark.
//   - There is one batch at a time: each is over the newest commit.
//   - A batch writes a row only where it changes, and erases none that it knows not to be there.
//   - Where a batch adds a row, none stood before.
//   - An item that a batch writes again has not become older.
//   - An item that is read from the cache is as the snapshot has it (storage/item_cache.h), and a
//     stretch that is gone around has no row in the database (storage/empty_stretches.h).
//
// A row that was written and is erased is a deletion, over which one reader of the rows beside it
// steps; those after it go around (storage/empty_stretches.h). So that the one is not held up for
// long, deletions are put on disk as soon as there are deletions_max of them, whatever else there
// is, and a file that is full of them is compacted before anything else.
//
// Threads: one thread commits; any number take and read snapshots while it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/disk_usage.h"
#include "storage/item.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_notes.h"
#include "storage/state_window.h"

namespace freshet::storage {

class DataFolder;
class ItemCache;
class EmptyStretches;
class ScratchFolder;
struct StorageOptions;

namespace internal {
enum class Purpose;
class Rocks;
class StateWalk;
class WrittenState;
}  // namespace internal

// Up to where the state takes account of the log, and how what is in it is laid out.
struct Checkpoint {
    LogMark mark;
    std::uint64_t layout = 0;  // whoever wrote the state counts the ways it has been written

    bool operator==(const Checkpoint&) const = default;
};

// The places of rows from `begin` on and below `end`; without an end if that is empty.
struct RowRange {
    std::string begin;
    std::string end;

    bool operator==(const RowRange&) const = default;
};

// The least place above all that begin with `prefix`; empty if there is none.
std::string after_prefix(std::string prefix);

enum class RowOrder { rising, falling };

// The state at one moment.
class StateSnapshot {
public:
    ~StateSnapshot();
    StateSnapshot(const StateSnapshot&) = delete;
    StateSnapshot& operator=(const StateSnapshot&) = delete;

    // The item, or null if nothing is known of it. Fails with damaged_state or io.
    [[nodiscard]] Result<std::shared_ptr<const Item>> item(std::string_view table,
                                                           std::string_view key) const;

    // Calls `visit(place, key)` for the rows of one projection whose place begins with `prefix`
    // and is greater than `after`, in the order of places, until it returns false.
    // Fails with damaged_state or io.
    using RowVisitor = std::function<Result<bool>(std::string_view place, std::string_view key)>;
    Result<void> rows(std::string_view projection, std::string_view prefix, std::string_view after,
                      const RowVisitor& visit) const;

    // Likewise for the rows whose place is in `range`, from its first to its last or, falling, the
    // other way round.
    Result<void> rows(std::string_view projection, const RowRange& range, RowOrder order,
                      const RowVisitor& visit) const;

    // Calls `visit(key, item)` for the items of a table whose key is greater than `after`, those
    // that were removed included, in the order of keys, until it returns false.
    // Fails with damaged_state or io.
    using ItemVisitor = std::function<Result<bool>(std::string_view key, const Item& item)>;
    Result<void> items(std::string_view table, std::string_view after,
                       const ItemVisitor& visit) const;

    // About how many entries have to be put in order before rows or items can be read in theirs:
    // some thousand take a millisecond. None where it was done.
    [[nodiscard]] std::size_t unordered() const;

    // About which share of the table's bytes belongs to the items up to `key`, from 0 to 1.
    [[nodiscard]] double share_of_items(std::string_view table, std::string_view key) const;

    // Calls `visit(name, bytes)` for the facts whose names begin with `prefix`, in the order of
    // names. Fails with damaged_state or io.
    using FactVisitor = std::function<void(std::string_view name, std::string_view bytes)>;
    Result<void> facts(std::string_view prefix, const FactVisitor& visit) const;

    // The same for the facts whose names are greater than `after` and below `end`, until it returns
    // false.
    using FactRangeVisitor = std::function<bool(std::string_view name, std::string_view bytes)>;
    Result<void> facts_between(std::string_view after, std::string_view end,
                               const FactRangeVisitor& visit) const;

    // Calls `visit(key, value)` for every entry there is, in the order of keys: for comparing two
    // states byte by byte. Fails with damaged_state or io.
    using BytesVisitor = std::function<void(std::string_view key, std::string_view value)>;
    Result<void> everything(const BytesVisitor& visit) const;

private:
    friend class StateStore;
    friend class StateCursor;
    friend class StateBatch;
    StateSnapshot(std::shared_ptr<const internal::WrittenState> written,
                  std::shared_ptr<const StateWindow::Seen> seen, std::uint64_t version,
                  std::shared_ptr<ItemCache> cache, std::shared_ptr<EmptyStretches> stretches);

    // Of the entries from `begin` on and below `end`, in their order.
    [[nodiscard]] std::unique_ptr<internal::StateWalk> walk(std::string begin,
                                                            std::string end) const;

    std::shared_ptr<const internal::WrittenState> written_;
    std::shared_ptr<const StateWindow::Seen> seen_;  // since then
    std::uint64_t version_;                          // of the store
    std::shared_ptr<ItemCache> cache_;
    std::shared_ptr<EmptyStretches> stretches_;
};

// Changes to the state that are not yet visible. Reads see what was written before in the batch.
class StateBatch {
public:
    using KnownItem = storage::KnownItem;

    // Where the batch keeps that item: encodes its key and reads it, if that was not done before.
    // The place is the same for every call, and valid until the batch is committed.
    // Fails with damaged_state or io.
    Result<KnownItem*> known_item(std::string_view table, std::string_view key);
    static void put_item(KnownItem& known, const ItemParts& parts);

    // The same by the item's key.
    Result<std::shared_ptr<const Item>> item(std::string_view table, std::string_view key);
    void put_item(std::string_view table, std::string_view key, const ItemParts& parts);

    // What stands in the row of a projection at that place; nothing if there is no such row.
    // Fails with io.
    Result<std::optional<std::string>> row(std::string_view projection,
                                           std::string_view place) const;

    // A row of a projection: its place (partition, sort and key in order-preserving bytes) and
    // what stands in it: of a list, the key of the item that it points at.
    void put_row(std::string_view projection, std::string_view place, std::string_view key);
    // The same where no row stands, also not in an earlier commit: if it is erased soon, nothing of
    // it is ever written.
    void add_row(std::string_view projection, std::string_view place, std::string_view key);
    void erase_row(std::string_view projection, std::string_view place);

    // Erases what stood there before this batch: all rows of a projection, all items of a table.
    // What the batch itself puts there stays.
    void erase_rows(std::string_view projection);
    void erase_items(std::string_view table);

    // What those who write the state have to remember of it, by name.
    // A fact is read from the disk once in a batch. Fails with io.
    Result<std::optional<std::string_view>> fact(std::string_view name);
    void put_fact(std::string_view name, std::string_view bytes);
    void erase_fact(std::string_view name);
    // The names of the facts from `begin` on and below `end`, in their order, at most `limit`.
    // Fails with io.
    Result<std::vector<std::string>> fact_names(
        std::string_view begin, std::string_view end,
        std::size_t limit = std::numeric_limits<std::size_t>::max()) const;

    // Calls `visit(kind, entry)` for each item and row that the batch has put or erased, in no
    // order: `entry` is the table's name or the projection's id, a NUL, and the key or the place.
    // Not for a batch that erases all rows of a projection or all items of a table.
    enum class EntryKind : std::uint8_t { item, row };
    using EntryVisitor = std::function<void(EntryKind kind, std::string_view entry)>;
    void visit_entries(const EntryVisitor& visit) const;

    // Whether the batch was begun over the commit that the snapshot shows. Only the thread that
    // commits can tell.
    [[nodiscard]] bool is_over(const StateSnapshot& snapshot) const;

private:
    friend class StateStore;
    StateBatch(std::shared_ptr<internal::Rocks> rocks, std::shared_ptr<const StateWindow> window,
               std::uint64_t version, std::shared_ptr<ItemCache> cache)
        : rocks_(std::move(rocks)),
          window_(std::move(window)),
          version_(version),
          cache_(std::move(cache)) {}

    using Row = StateNotes::Row;

    // What is noted of the row, and whether that is new.
    std::pair<Row&, bool> note_row(std::string_view projection, std::string_view place);
    void set_row(Row& row, std::string_view key);

    std::shared_ptr<internal::Rocks> rocks_;
    std::shared_ptr<const StateWindow> window_;
    std::uint64_t version_;  // of the store
    std::shared_ptr<ItemCache> cache_;
    // It does not move with the batch, so what lies in it may be pointed at.
    std::unique_ptr<StateNotes> notes_ = std::make_unique<StateNotes>();
    std::string entry_;                                             // that is being looked up
    std::map<std::string, std::optional<std::string>> read_facts_;  // as the disk has them
    std::vector<std::string> erased_;                               // prefixes of all that goes
};

// As many deletions are in memory at most, but for those of one write.
inline constexpr std::size_t deletions_max = 65'536;

// What is folded again after a crash is not more than this, but while much is being written.
inline constexpr std::uint64_t unflushed_bytes_max = std::uint64_t{8} << 20U;
inline constexpr int flush_calls_max = 10;

class StateStore {
public:
    ~StateStore();
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;

    // The checkpoint of the newest commit; nothing while the store is empty.
    Result<std::optional<Checkpoint>> checkpoint() const;

    // The checkpoint of the newest commit since the store was opened or cleared; nothing before
    // that. Reads nothing.
    [[nodiscard]] std::optional<Checkpoint> newest_commit() const;

    // Starts a batch over the newest commit. One batch at a time.
    // Fails with unavailable  after a failed commit, until mend() or reopen().
    Result<StateBatch> begin() const;

    // Ends the batch: makes it visible together with the checkpoint after it. Writes the commits
    // before it if they have become too many.
    // Fails with disk_full  the store can be read, and takes no more until mend();
    //            io         the store takes no more until reopen().
    Result<void> commit(StateBatch&& batch, const Checkpoint& checkpoint);

    // Writes to the database what was committed, if `is_idle`, or if there is so much of it that
    // commit() may soon have to: to be called once those of a commit are answered. Who has a
    // snapshot reads on as it was; one that is taken afterwards has nothing to look into but the
    // database. Fails as commit() does.
    Result<void> write_behind(bool is_idle);

    // Takes in files of items and rows (storage/state_files.h), which lie in the folder, in a state
    // that has none of their entries, together with the checkpoint. All that was committed and the
    // files reach the disk: a crash leaves either what was there before, or all of it.
    // The newest commit must be of the same mark.
    // Fails with disk_full  the store is as it was, and is to be cleared;
    //            io         the store takes no more until reopen().
    Result<void> take_in(std::vector<std::string> files, ScratchFolder& folder,
                         const Checkpoint& checkpoint);

    // An empty folder beside the store, on its disk. One at a time. Fails with disk_full or io.
    Result<std::unique_ptr<ScratchFolder>> make_scratch() const;

    // Fails with unavailable  after a failed commit, until reopen().
    Result<std::shared_ptr<const StateSnapshot>> snapshot() const;

    // Whether something was committed that is not written to the database.
    [[nodiscard]] bool has_unwritten() const { return !window_->is_empty(); }

    // Puts everything that is committed on disk, so that little is folded again at the next start.
    Result<void> flush();

    // Writes what is committed, and has it put on disk in the background, where there is so much of
    // it that it would take a while to fold it again, and either nothing was committed since the
    // last call or it was there flush_calls_max calls ago. To be called about once a second, by the
    // thread that commits. Fails as commit() does.
    Result<void> flush_if_due();

    // Mends a store that could not write, in two steps between which it is to be brought up to its
    // log, so that there is always one to read. The first continues in memory from what the disk
    // has, an earlier commit or none, and lets go of what failed. The second, once nobody reads
    // that any more, opens what the disk has and gives up what is in memory. Does nothing where
    // there is nothing to mend. Fails with busy  if a read holds what failed for long: it can be
    // tried again, and what is in memory is read meanwhile; unavailable  if only reopen() helps;
    // disk_full; damaged_state; io.
    Result<void> mend();
    // Whether the second step is due, or the folder was opened without room.
    [[nodiscard]] bool is_in_memory() const;
    // Those who read what the disk had are done with it: what is obsolete there may be deleted.
    void release_files();

    // Whether a commit, a flush or a compaction has met a full disk since the store was opened.
    [[nodiscard]] bool is_out_of_room() const;

    // Closes and opens the store again after a failure. Waits for snapshots that are still held.
    // Fails with unavailable  if they are held for long; damaged_state; io.
    Result<void> reopen();

    // Deletes everything: the store is empty and open afterwards. Waits as reopen() does.
    Result<void> clear();

    // Nothing while the store is being reopened.
    [[nodiscard]] std::optional<DatabaseUsage> usage() const;
    // What it keeps in memory of what was read, at most.
    [[nodiscard]] std::size_t cache_bytes() const;

private:
    friend class DataFolder;
    friend class SideState;
    friend class StateFiles;
    StateStore(std::string path, const StorageOptions& options, internal::Purpose purpose);

    Result<void> open();
    // Opens what is on the disk, and keeps in memory what is written.
    Result<void> open_in_memory();
    Result<void> close();
    void halt();
    [[nodiscard]] Result<std::shared_ptr<internal::Rocks>> rocks() const;
    void open_on_disk(std::shared_ptr<internal::Rocks> rocks);
    void take(std::shared_ptr<internal::Rocks> rocks);
    void begin_commit(const StateBatch& batch, const Checkpoint& checkpoint);
    void end_commit(const StateNotes& notes, const Checkpoint& checkpoint,
                    std::shared_ptr<const internal::WrittenState> written);
    void fail_commit(Errc code);
    // All that the window has, behind the erasure of all entries that begin with these.
    // Returns what the database has then.
    Result<std::shared_ptr<const internal::WrittenState>> write(
        const StateWindow& window, const std::vector<std::string>& erased);
    Result<void> write_window();
    void flush_deletions(internal::Rocks& rocks, std::size_t deletions);
    void begin_flush(internal::Rocks& rocks);

    std::string path_;
    const StorageOptions& options_;
    const internal::Purpose purpose_;
    const std::size_t window_bytes_;
    const std::shared_ptr<ItemCache> cache_;
    const std::shared_ptr<EmptyStretches> stretches_;
    mutable std::mutex mutex_;                // guards what follows
    std::shared_ptr<internal::Rocks> rocks_;  // null while halted
    bool is_full_ = false;                    // a commit has met a full disk
    bool is_in_memory_ = false;
    bool keeps_files_ = false;                // what is obsolete on the disk may be read yet
    std::weak_ptr<internal::Rocks> opened_;   // what was opened last
    std::weak_ptr<internal::Rocks> on_disk_;  // what was opened last on the disk
    std::uint64_t version_ = 0;               // counts openings and commits
    // What was written last, null while halted; and what was committed since.
    std::shared_ptr<const internal::WrittenState> written_;
    std::shared_ptr<const StateWindow::Seen> seen_;
    std::optional<Checkpoint> newest_;  // of the newest commit since the opening
    // Of the thread that commits.
    std::shared_ptr<StateWindow> window_;
    std::uint64_t writes_ = 0;   // counts what changes the database
    std::size_t deletions_ = 0;  // since they were flushed
    struct Waiting {
        std::uint64_t bytes = 0;    // that were not on disk at the last call of flush_if_due()
        std::uint64_t version = 0;  // of the store, then
        int calls = 0;              // since which they have been more than unflushed_bytes_max
    };
    Waiting waiting_;
};

}  // namespace freshet::storage
