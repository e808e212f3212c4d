// What one commit leaves of items, rows and facts, in memory: first what a batch notes, then what
// its commit has written, for those who read it before the database has it
// (storage/state_window.h).
//
// Its keys and rows lie in memory that is taken in large pieces and let go of as a whole.
//
// Invariants
//   - Each entry stands here once, as the commit leaves it.
//   - Once sealed it never changes.
//
// Threads: one until it is sealed; then any.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/hashed_key.h"
#include "storage/item.h"
#include "storage/position.h"

namespace freshet::storage {

// An item as a batch knows it: as it was read, or as the batch has written it since.
class KnownItem {
public:
    // Null if nothing is known of the item.
    [[nodiscard]] const std::shared_ptr<const Item>& item() const { return item_; }
    // By the batch, rather than read.
    [[nodiscard]] bool is_written() const { return written_; }

private:
    friend class StateBatch;
    std::shared_ptr<const Item> item_;
    Position changed_;  // of what was written
    bool written_ = false;
};

class StateNotes {
public:
    struct Row {
        std::optional<std::string_view> value;  // nothing where the row is erased
        bool was_absent = false;                // none stood there before this commit
    };
    // An entry of the database, and what stands in it; nothing where it is erased.
    struct Entry {
        std::string_view key;
        std::optional<std::string_view> value;
        bool was_absent = false;  // a row, as above
    };
    template <class Noted>
    using ByKey = std::pmr::unordered_map<HashedKey, Noted, HashedKey::Hash>;
    using Facts = std::map<std::string, std::optional<std::string>>;  // by entry

    StateNotes() = default;
    StateNotes(const StateNotes&) = delete;
    StateNotes& operator=(const StateNotes&) = delete;

    [[nodiscard]] const ByKey<KnownItem>& items() const { return items_; }
    [[nodiscard]] const ByKey<Row>& rows() const { return rows_; }
    [[nodiscard]] const Facts& facts() const { return facts_; }

    // ---- while they are made ----

    // What is noted of the entry, and whether that is new. It stays where it is.
    std::pair<KnownItem&, bool> note_item(const HashedKey& looked_up) {
        return note(items_, looked_up);
    }
    std::pair<Row&, bool> note_row(const HashedKey& looked_up) { return note(rows_, looked_up); }
    void forget_item(const HashedKey& looked_up) { items_.erase(looked_up); }
    Facts& facts() { return facts_; }

    // The same bytes, in this memory.
    std::string_view keep(std::string_view bytes);

    // Nothing is noted any more, and items that were only read are let go of. `checkpoint` is the
    // entry of the commit's checkpoint.
    void seal(Entry checkpoint);

    // ---- once sealed ----

    // The item that the commit has written; null if it has not written it.
    [[nodiscard]] const std::shared_ptr<const Item>* item(const HashedKey& entry) const;

    // All entries that the commit has written, its checkpoint included, in the order of keys.
    [[nodiscard]] std::vector<Entry> in_order() const;
    // By key, of which none may come twice.
    static void put_in_order(std::vector<Entry>& entries);

    [[nodiscard]] const Entry& checkpoint() const { return checkpoint_; }
    // How many entries, and about the bytes that they take.
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    template <class Noted>
    std::pair<Noted&, bool> note(ByKey<Noted>& noted, const HashedKey& looked_up) {
        const auto known = noted.find(looked_up);
        if (known != noted.end()) return {known->second, false};
        return {noted[looked_up.kept_in(keep(looked_up.bytes()))], true};
    }

    std::pmr::monotonic_buffer_resource memory_;
    ByKey<KnownItem> items_{&memory_};
    ByKey<Row> rows_{&memory_};
    Facts facts_;
    Entry checkpoint_;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;  // what was kept so far; once sealed, all
};

}  // namespace freshet::storage
