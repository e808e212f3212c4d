#include "storage/item_cache.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "storage/invariant.h"

namespace freshet::storage {
namespace {

// About what an item takes of memory beside its bytes and its key.
constexpr std::size_t overhead_bytes = 256;

// An item that is longer than this part of the cache would drive out what is asked for more often.
constexpr std::size_t least_items = 16;

constexpr std::size_t chains_min = 16;

}  // namespace

// Its key follows it in memory, so a look-up that meets it needs no second access for that.
struct ItemCache::Known {
    ItemPtr item;
    std::uint64_t since;  // the version
    std::uint64_t hash;
    Known* next;  // of its chain
    Known* newer;
    Known* older;
    std::size_t bytes;  // that it counts for
    std::size_t key_bytes;
    bool was_found = false;

    [[nodiscard]] std::string_view key() const {
        return {reinterpret_cast<const char*>(this + 1), key_bytes};
    }

    static Known* make(const HashedKey& entry, const ItemPtr& item, std::uint64_t since) {
        const std::string_view key = entry.bytes();
        void* const memory = ::operator new(sizeof(Known) + key.size());
        auto* const known = new (memory) Known{.item = item,
                                               .since = since,
                                               .hash = entry.hash(),
                                               .next = nullptr,
                                               .newer = nullptr,
                                               .older = nullptr,
                                               .bytes = 0,
                                               .key_bytes = key.size()};
        std::memcpy(static_cast<void*>(known + 1), key.data(), key.size());
        return known;
    }

    static void destroy(Known* known) {
        known->~Known();
        ::operator delete(known);
    }
};

ItemCache::Stripe::Stripe() = default;

ItemCache::Stripe::~Stripe() {
    clear();
}

ItemCache::Known*& ItemCache::Stripe::chain_of(std::uint64_t hash) {
    return chains_[hash & (chains_.size() - 1)];
}

ItemCache::Known* ItemCache::Stripe::find(const HashedKey& entry) const {
    if (chains_.empty()) return nullptr;
    Known* known = chains_[entry.hash() & (chains_.size() - 1)];
    while (known != nullptr && (known->hash != entry.hash() || known->key() != entry.bytes())) {
        known = known->next;
    }
    return known;
}

void ItemCache::Stripe::grow() {
    std::vector<Known*> chains(std::max(chains_min, 2 * chains_.size()), nullptr);
    chains.swap(chains_);
    for (Known* known : chains) {
        while (known != nullptr) {
            Known*& chain = chain_of(known->hash);
            Known* const next = std::exchange(known->next, chain);
            chain = std::exchange(known, next);
        }
    }
}

ItemCache::Known* ItemCache::Stripe::insert(const HashedKey& entry, const ItemPtr& item,
                                            std::uint64_t since) {
    if (size_ == chains_.size()) grow();
    Known* const known = Known::make(entry, item, since);
    Known*& chain = chain_of(entry.hash());
    known->next = std::exchange(chain, known);
    if (oldest_ == nullptr) oldest_ = known->newer = known->older = known;
    known->newer = oldest_;
    known->older = oldest_->older;
    known->older->newer = known;
    known->newer->older = known;
    ++size_;
    return known;
}

std::size_t ItemCache::Stripe::remove(Known& known) {
    Known** place = &chain_of(known.hash);
    while (*place != &known) place = &(*place)->next;
    *place = known.next;
    known.newer->older = known.older;
    known.older->newer = known.newer;
    if (oldest_ == &known) oldest_ = known.newer == &known ? nullptr : known.newer;
    --size_;
    const std::size_t bytes = known.bytes;
    Known::destroy(&known);
    return bytes;
}

std::size_t ItemCache::Stripe::evict_one() {
    if (oldest_ == nullptr) return 0;
    // What was found becomes the newest: the ring turns on by one.
    while (std::exchange(oldest_->was_found, false)) oldest_ = oldest_->newer;
    return remove(*oldest_);
}

std::size_t ItemCache::Stripe::clear() {
    std::size_t bytes = 0;
    while (oldest_ != nullptr) bytes += remove(*oldest_);
    return bytes;
}

ItemCache::ItemCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

ItemCache::~ItemCache() = default;

// The chains of a stripe go by the other end of the hash.
ItemCache::Stripe& ItemCache::stripe_of(const HashedKey& entry) const {
    return stripes_[entry.hash() >> 58U];
}

ItemCache::ItemPtr ItemCache::find(const HashedKey& entry, std::uint64_t version) const {
    if (bytes_max_ == 0) return nullptr;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    Known* const known = stripe.find(entry);
    if (known == nullptr || known->since > version || known->since < beginning_) return nullptr;
    known->was_found = true;
    return known->item;
}

void ItemCache::add(const HashedKey& entry, const ItemPtr& item, std::uint64_t version) {
    if (bytes_max_ == 0) return;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    // Nothing of the stripe was written since, so the item is as it was then.
    if (stripe.changed <= version) put(stripe, entry, item, stripe.changed);
}

void ItemCache::replace(const HashedKey& entry, const ItemPtr& item, std::uint64_t version) {
    if (bytes_max_ == 0) return;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    invariant(stripe.changed <= version, "versions of a store only rise");
    stripe.changed = version;
    put(stripe, entry, item, version);
}

// The stripe is locked. Where each thread lets go of as much of its own stripe as is too much, all
// of them together do not leave more than there may be.
void ItemCache::put(Stripe& stripe, const HashedKey& entry, const ItemPtr& item,
                    std::uint64_t since) {
    const std::size_t bytes = entry.bytes().size() + item->bytes().size() + overhead_bytes;
    Known* known = stripe.find(entry);
    if (known != nullptr) bytes_ -= std::exchange(known->bytes, 0);
    if (bytes > bytes_max_ / least_items) {
        if (known != nullptr) stripe.remove(*known);
        return;
    }
    if (known == nullptr) {
        known = stripe.insert(entry, item, since);
    } else {
        known->item = item;
        known->since = since;
        known->was_found = true;
    }
    known->bytes = bytes;
    bytes_ += bytes;
    while (bytes_ > bytes_max_) {
        const std::size_t freed = stripe.evict_one();
        if (freed == 0) return;
        bytes_ -= freed;
    }
}

void ItemCache::clear(std::uint64_t version) {
    if (bytes_max_ == 0) return;
    beginning_ = version;
    for (Stripe& stripe : stripes_) {
        const std::lock_guard lock(stripe.mutex);
        invariant(stripe.changed <= version, "versions of a store only rise");
        stripe.changed = version;
        bytes_ -= stripe.clear();
    }
}

}  // namespace freshet::storage
