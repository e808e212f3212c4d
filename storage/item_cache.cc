#include "storage/item_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <string_view>
#include <utility>

#include "storage/invariant.h"

namespace freshet::storage {
namespace {

// About what an item takes of memory beside its bytes and its key.
constexpr std::size_t overhead_bytes = 256;

constexpr std::size_t share_min = 4U << 20U;  // of a stripe, unless it is the only one

// Of the longest that are kept, so many have room in a stripe.
constexpr std::size_t least_items = 8;

// That were found, and are passed by before one is evicted all the same.
constexpr int passed_by_max = 8;

constexpr std::size_t chains_min = 16;

}  // namespace

// Its key follows it in memory, so a look-up that meets it needs no second access for that.
struct ItemCache::Known {
    ItemPtr item;
    std::uint64_t since = 0;  // the version
    std::uint64_t hash;
    Known* next = nullptr;  // of its chain
    Known* newer = nullptr;
    Known* older = nullptr;
    std::size_t bytes = 0;  // that it counts for
    std::size_t key_bytes;
    bool was_found = false;

    [[nodiscard]] std::string_view key() const {
        return {reinterpret_cast<const char*>(this + 1), key_bytes};
    }

    static Known* make(const HashedKey& entry) {
        const std::string_view key = entry.bytes();
        void* const memory = ::operator new(sizeof(Known) + key.size());
        auto* const known =
            new (memory) Known{.item = nullptr, .hash = entry.hash(), .key_bytes = key.size()};
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

ItemCache::Known& ItemCache::Stripe::insert(const HashedKey& entry) {
    if (size_ == chains_.size()) grow();
    Known* const known = Known::make(entry);
    Known*& chain = chain_of(entry.hash());
    known->next = std::exchange(chain, known);
    if (oldest_ == nullptr) oldest_ = known->newer = known->older = known;
    known->newer = oldest_;
    known->older = oldest_->older;
    known->older->newer = known;
    known->newer->older = known;
    ++size_;
    return *known;
}

void ItemCache::Stripe::set(Known& known, const ItemPtr& item, std::uint64_t since,
                            std::size_t bytes) {
    known.item = item;
    known.since = since;
    bytes_ -= std::exchange(known.bytes, bytes);
    bytes_ += bytes;
}

void ItemCache::Stripe::remove(Known& known) {
    Known** place = &chain_of(known.hash);
    while (*place != &known) place = &(*place)->next;
    *place = known.next;
    known.newer->older = known.older;
    known.older->newer = known.newer;
    if (oldest_ == &known) oldest_ = known.newer == &known ? nullptr : known.newer;
    --size_;
    bytes_ -= known.bytes;
    Known::destroy(&known);
}

void ItemCache::Stripe::evict_one() {
    // What was found becomes the newest: the ring turns on by one.
    for (int passed_by = 0; passed_by < passed_by_max; ++passed_by) {
        if (!std::exchange(oldest_->was_found, false)) break;
        oldest_ = oldest_->newer;
    }
    remove(*oldest_);
}

void ItemCache::Stripe::clear() {
    while (oldest_ != nullptr) remove(*oldest_);
}

ItemCache::ItemCache(std::size_t bytes_max)
    : stripes_used_(
          std::clamp<std::size_t>(std::bit_floor(bytes_max / share_min), 1, stripes_.size())),
      stripe_bytes_max_(bytes_max / stripes_used_) {}

ItemCache::~ItemCache() = default;

std::vector<std::size_t> ItemCache::stripe_bytes() const {
    std::vector<std::size_t> bytes;
    for (std::size_t i = 0; i < stripes_used_; ++i) {
        const std::lock_guard lock(stripes_[i].mutex);
        bytes.push_back(stripes_[i].bytes());
    }
    return bytes;
}

std::size_t ItemCache::bytes() const {
    const auto bytes = stripe_bytes();
    return std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
}

// The chains of a stripe go by the other end of the hash.
ItemCache::Stripe& ItemCache::stripe_of(const HashedKey& entry) const {
    return stripes_[(entry.hash() >> 58U) & (stripes_used_ - 1)];
}

ItemCache::ItemPtr ItemCache::find(const HashedKey& entry, std::uint64_t version) const {
    if (stripe_bytes_max_ == 0) return nullptr;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    Known* const known = stripe.find(entry);
    if (known == nullptr || known->since > version || known->since < beginning_) return nullptr;
    known->was_found = true;
    return known->item;
}

void ItemCache::add(const HashedKey& entry, const ItemPtr& item, std::uint64_t version) {
    if (stripe_bytes_max_ == 0) return;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    // Nothing of the stripe was written since, so the item is as it was then.
    if (stripe.changed <= version) put(stripe, entry, item, stripe.changed);
}

void ItemCache::replace(const HashedKey& entry, const ItemPtr& item, std::uint64_t version) {
    if (stripe_bytes_max_ == 0) return;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    invariant(stripe.changed <= version, "versions of a store only rise");
    stripe.changed = version;
    put(stripe, entry, item, version);
}

// The stripe is locked.
void ItemCache::put(Stripe& stripe, const HashedKey& entry, const ItemPtr& item,
                    std::uint64_t since) {
    const std::size_t bytes = entry.bytes().size() + item->bytes().size() + overhead_bytes;
    Known* const known = stripe.find(entry);
    if (bytes > stripe_bytes_max_ / least_items) {
        if (known != nullptr) stripe.remove(*known);
        return;
    }
    if (known != nullptr) known->was_found = true;
    stripe.set(known != nullptr ? *known : stripe.insert(entry), item, since, bytes);
    while (stripe.bytes() > stripe_bytes_max_) stripe.evict_one();
}

void ItemCache::clear(std::uint64_t version) {
    if (stripe_bytes_max_ == 0) return;
    beginning_ = version;
    for (Stripe& stripe : stripes_) {
        const std::lock_guard lock(stripe.mutex);
        invariant(stripe.changed <= version, "versions of a store only rise");
        stripe.changed = version;
        stripe.clear();
    }
}

}  // namespace freshet::storage
