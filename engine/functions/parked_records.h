// What is parked for a function, as the one who feeds it has to know it: which records there are,
// and which of them is to be handed over again.
//
// With `hold = "item"` the records of an item behind one that failed wait for it: they are handed
// over one by one, once all before them are released.
//
// Threads: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/catalog/function.h"
#include "engine/folding/function_facts.h"
#include "storage/notice.h"
#include "storage/position.h"

namespace freshet::engine {

class ParkedRecords {
public:
    struct Entry {
        std::string item;  // its key, in order-preserving bytes
        storage::ParkedAs status = storage::ParkedAs::failed;
        std::uint32_t attempts = 0;
        storage::Position noted =
            {};            // of the newest notice of it that is in the log; 0: none is yet
        std::string body;  // of what is to be handed over again, as it was edited; else empty
    };

    explicit ParkedRecords(Hold hold) : hold_(hold) {}

    void put(storage::Position record, Entry entry);
    // The notice of it has come into the log there.
    void note(storage::Position record, storage::Position noted);
    void release(storage::Position record);
    // A try of a held record has failed. Returns how many have.
    std::uint32_t count_attempt(storage::Position record);

    [[nodiscard]] bool contains(storage::Position record) const;
    [[nodiscard]] const Entry* find(storage::Position record) const;
    // Whether a record of that item that stands before this one is parked: then this one waits.
    [[nodiscard]] bool holds(std::string_view item, storage::Position record) const;
    // The first that is to be handed over now; nothing if none is.
    [[nodiscard]] std::optional<storage::Position> next() const;

    // The last of all; 0 if there is none.
    [[nodiscard]] storage::Position last() const;

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::size_t held() const { return held_; }

private:
    using ItemRecords = std::set<storage::Position>;

    // Of an item, only the first may be handed over: if somebody has asked for it, or if it was
    // held and nothing is left that it waits for.
    void look_at_first(const ItemRecords& records);
    void erase(std::map<storage::Position, Entry>::iterator entry);

    Hold hold_;
    std::map<storage::Position, Entry> entries_;
    std::set<storage::Position> ready_;                   // to be handed over now
    std::unordered_map<std::string, ItemRecords> items_;  // where they hold
    std::size_t held_ = 0;
};

}  // namespace freshet::engine
