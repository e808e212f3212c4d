// What was committed to the state and is not written to its database yet. The state is written
// behind its commits: of many that change one entry, the database is given the last.
//
//     a commit  ->  add()  ->  [window]  ->  all of it in one write, with the last checkpoint
//
// A reader sees the database as of one write, and over it the commits since: `seen()`, of which the
// next commit makes another. So it has every version that it can see, however soon the next one
// comes. The one that commits finds the newest of an entry at once, whichever commit wrote it.
//
// Why nothing is lost or folded twice: the log has everything before it is committed here, and the
// database only ever takes in all that waits, as one write with the checkpoint of the last commit.
// What a crash leaves is some earlier write, and the log after its checkpoint is folded again.
//
// A row that came and went between two writes is never written, if none stood there before: then
// neither it nor its deletion is in anybody's way (StateBatch::add_row).
//
// Invariants
//   - What stands here is newer than what the database has.
//   - It is bounded: the one that commits writes it when it is full, and mostly when half of it is,
//     once the writers are answered.
//
// Threads: the one that commits. What seen() returns is for any.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/hashed_key.h"
#include "storage/state_notes.h"
#include "storage/state_run.h"

namespace freshet::storage {

class StateWindow {
public:
    // So many commits wait at most: a reader looks into each of them for an item.
    static constexpr std::size_t commits_max = 256;
    // And so many bytes, where somebody reads in order: about a millisecond to put in order.
    static constexpr std::size_t walked_bytes_max = std::size_t{1} << 20U;

    // What readers see of it.
    struct Seen {
        std::vector<std::shared_ptr<const StateNotes>> commits;  // the oldest first
        // The same in few runs, the oldest first: each is of more commits than the one after it.
        std::vector<std::shared_ptr<const StateRun>> runs;
        std::size_t bytes = 0;  // about what they take
        // Somebody has read it in its order.
        mutable std::atomic<bool> was_walked = false;
    };

    // About so many bytes wait at most, but for those of one commit.
    explicit StateWindow(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    StateWindow(const StateWindow&) = delete;
    StateWindow& operator=(const StateWindow&) = delete;

    // `commit` is sealed.
    void add(std::shared_ptr<const StateNotes> commit);

    [[nodiscard]] bool is_empty() const { return seen_->commits.empty(); }
    // It has to be written before the next commit.
    [[nodiscard]] bool is_full() const { return is_filled(1); }
    // To be written when nobody waits for that: it is half full. Those who read in order look into
    // all of it, so where there are such it is written sooner.
    [[nodiscard]] bool is_due() const {
        return is_filled(2) || (seen_->bytes >= walked_bytes_max && was_walked_);
    }

    // For readers. Never null.
    [[nodiscard]] const std::shared_ptr<const Seen>& seen() const { return seen_; }

    // The newest of an entry; null if no commit here has written it.
    [[nodiscard]] const std::shared_ptr<const Item>* item(const HashedKey& entry) const;
    [[nodiscard]] const StateNotes::Row* row(const HashedKey& entry) const;
    [[nodiscard]] const std::optional<std::string>* fact(std::string_view entry) const;
    using Facts = std::map<std::string_view, const std::optional<std::string>*>;
    [[nodiscard]] const Facts& facts() const { return facts_; }

    // Each entry as the last commit has left it, its checkpoint included, in the order of keys.
    // Rows that came and went are left out. Not of an empty window.
    [[nodiscard]] std::vector<StateNotes::Entry> in_order() const;

private:
    struct NewestRow {
        const StateNotes::Row* row = nullptr;
        bool was_absent = false;  // before the first commit here that has written it
    };
    template <class Newest>
    using ByKey = std::pmr::unordered_map<HashedKey, Newest, HashedKey::Hash>;

    [[nodiscard]] bool is_filled(std::size_t part) const;

    const std::size_t bytes_max_;
    std::shared_ptr<const Seen> seen_ = std::make_shared<const Seen>();
    // Of entries that lie in the commits.
    std::pmr::monotonic_buffer_resource memory_;
    ByKey<const KnownItem*> items_{&memory_};
    ByKey<NewestRow> rows_{&memory_};
    Facts facts_;
    bool was_walked_ = false;
};

}  // namespace freshet::storage
