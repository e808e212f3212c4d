#include "storage/item_cache.h"

#include <rocksdb/cache.h>

#include <functional>

#include "storage/invariant.h"

namespace freshet::storage {
namespace {

struct Known {
    ItemCache::ItemPtr item;
    std::uint64_t since;  // the version
};

// About what an item takes of memory beside its bytes and its key.
constexpr std::size_t overhead_bytes = 256;

// An item that is longer than this part of the cache would drive out what is asked for more often.
constexpr std::size_t least_items = 16;

std::shared_ptr<rocksdb::Cache> cache_of(std::size_t bytes_max) {
    if (bytes_max == 0) return nullptr;
    rocksdb::LRUCacheOptions options;
    options.capacity = bytes_max;
    options.high_pri_pool_ratio = 0;  // all are alike
    return rocksdb::NewLRUCache(options);
}

void forget(const rocksdb::Slice& /*entry*/, void* known) {
    delete static_cast<Known*>(known);
}

}  // namespace

ItemCache::ItemCache(std::size_t bytes_max)
    : item_bytes_max_(bytes_max / least_items), items_(cache_of(bytes_max)) {}

ItemCache::~ItemCache() = default;

ItemCache::Stripe& ItemCache::stripe_of(std::string_view entry) {
    return stripes_[std::hash<std::string_view>()(entry) % stripes_.size()];
}

ItemCache::ItemPtr ItemCache::find(std::string_view entry, std::uint64_t version) const {
    if (!items_) return nullptr;
    rocksdb::Cache::Handle* handle = items_->Lookup(rocksdb::Slice(entry));
    if (handle == nullptr) return nullptr;
    const auto& known = *static_cast<const Known*>(items_->Value(handle));
    ItemPtr item;
    if (known.since <= version && known.since >= beginning_) item = known.item;
    items_->Release(handle);
    return item;
}

void ItemCache::add(std::string_view entry, const ItemPtr& item, std::uint64_t version) {
    if (!items_) return;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    // Nothing of the stripe was written since, so the item is as it was then.
    if (stripe.changed <= version) put(entry, item, stripe.changed);
}

void ItemCache::replace(std::string_view entry, const ItemPtr& item, std::uint64_t version) {
    if (!items_) return;
    Stripe& stripe = stripe_of(entry);
    const std::lock_guard lock(stripe.mutex);
    invariant(stripe.changed <= version, "versions of a store only rise");
    stripe.changed = version;
    put(entry, item, version);
}

void ItemCache::put(std::string_view entry, const ItemPtr& item, std::uint64_t since) {
    // An insertion that finds no room leaves what stood there before.
    const rocksdb::Slice key(entry);
    items_->Erase(key);
    const std::size_t bytes = entry.size() + item->bytes().size() + overhead_bytes;
    if (bytes > item_bytes_max_) return;
    auto known = std::make_unique<Known>(Known{.item = item, .since = since});
    items_->Insert(key, known.get(), bytes, forget).PermitUncheckedError();
    static_cast<void>(known.release());  // it is the cache's, which takes it in any case
}

void ItemCache::clear(std::uint64_t version) {
    if (!items_) return;
    for (Stripe& stripe : stripes_) {
        const std::lock_guard lock(stripe.mutex);
        invariant(stripe.changed <= version, "versions of a store only rise");
        stripe.changed = version;
    }
    beginning_ = version;
    items_->EraseUnRefEntries();
}

std::size_t ItemCache::bytes() const {
    return items_ ? items_->GetUsage() : 0;
}

}  // namespace freshet::storage
