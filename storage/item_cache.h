// The newest state of items that were written or read lately, in memory: neither the sequencer nor
// a reader asks the database for them.
//
//     a commit  ->  replace()          a reader of a snapshot  ->  find(), else the state, add()
//
// Each commit has a version, greater than that of the one before, and a snapshot shows the version
// of one commit. A reader must be given an item as its own version has it, and not as a later one
// has, which it may meet here, or as an earlier one had. Why it is:
//   - Only the thread that commits puts another state in the place of one: it does so for every
//     item of the commit, before there is a snapshot of that version. So what is here is never
//     older than the newest version that anybody can read.
//   - What is here says since which version the item is so. A reader of an earlier one asks its
//     snapshot: what was committed and is not written, and then the database.
//   - Items are parted into stripes, and each knows the last version that wrote one of its items. A
//     reader adds what it read only if its own version is that one or a later one, under the lock
//     under which commits write: otherwise an item that was written and evicted meanwhile would
//     come back as it was.
//   - What stood here when the store was opened or emptied is not found any more: it is of a
//     version before that.
//   - Anybody may evict.
//
// Each stripe has its share of the memory, of at least 4 MiB where there is so much. What has to go
// is the oldest of the stripe that has just grown, unless it was asked for since it was last
// considered: up to eight are passed by for that, then the next goes all the same. So neither
// finding an item nor writing it again touches any other, and an item that is longer than an eighth
// of a share is not kept at all, as it would drive out what is asked for more often.
//
// Invariants
//   - What is found is the item as the reader's version has it.
//   - It keeps at most `bytes_max`, and each stripe its share of them, but for what readers hold.
//
// Threads: any may find and add; the one that commits replaces and clears.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/hashed_key.h"
#include "storage/item.h"

namespace freshet::storage {

class ItemCache {
public:
    using ItemPtr = std::shared_ptr<const Item>;

    // With 0 bytes it keeps nothing.
    explicit ItemCache(std::size_t bytes_max);
    ~ItemCache();
    ItemCache(const ItemCache&) = delete;
    ItemCache& operator=(const ItemCache&) = delete;

    // The item as `version` has it; null if that is not known here. `entry` is its key in the
    // database.
    [[nodiscard]] ItemPtr find(const HashedKey& entry, std::uint64_t version) const;

    // What a reader of `version` has read.
    void add(const HashedKey& entry, const ItemPtr& item, std::uint64_t version);

    // What the commit that makes `version` has written.
    void replace(const HashedKey& entry, const ItemPtr& item, std::uint64_t version);

    // What is known goes, and the store's oldest version that can be read is now `version`.
    void clear(std::uint64_t version);

    [[nodiscard]] std::size_t bytes() const;
    // Of each stripe.
    [[nodiscard]] std::vector<std::size_t> stripe_bytes() const;

private:
    struct Known;

    // A part of the items, in a table of chains and in a ring.
    class Stripe {
    public:
        Stripe();
        ~Stripe();
        Stripe(const Stripe&) = delete;
        Stripe& operator=(const Stripe&) = delete;

        [[nodiscard]] Known* find(const HashedKey& entry) const;
        Known& insert(const HashedKey& entry);
        // The item takes so many bytes.
        void set(Known& known, const ItemPtr& item, std::uint64_t since, std::size_t bytes);
        void remove(Known& known);
        // There is one.
        void evict_one();
        void clear();
        [[nodiscard]] std::size_t bytes() const { return bytes_; }

        mutable std::mutex mutex;
        std::uint64_t changed = 0;  // the last version that wrote an item of it

    private:
        [[nodiscard]] Known*& chain_of(std::uint64_t hash);
        void grow();

        std::vector<Known*> chains_;  // as many as a power of two
        std::size_t size_ = 0;
        std::size_t bytes_ = 0;    // of all its items
        Known* oldest_ = nullptr;  // the one before it in the ring is the newest
    };

    Stripe& stripe_of(const HashedKey& entry) const;
    void put(Stripe& stripe, const HashedKey& entry, const ItemPtr& item, std::uint64_t since);

    const std::size_t stripes_used_;            // a power of two
    const std::size_t stripe_bytes_max_;        // with 0 it keeps nothing
    std::atomic<std::uint64_t> beginning_ = 0;  // what is of an earlier version is not found
    mutable std::array<Stripe, 64> stripes_;
};

}  // namespace freshet::storage
