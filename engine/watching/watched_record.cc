#include "engine/watching/watched_record.h"

#include "engine/catalog/item_key.h"

namespace freshet::engine {

WatchedRecord::WatchedRecord(storage::Record record, const Catalog& catalog)
    : record_(std::move(record)), table_(catalog.table(record_.table())) {}

const std::string* WatchedRecord::key() const {
    std::call_once(asked_for_key_, [this] {
        if (table_ == nullptr || record_.is_notice()) return;
        if (auto key = item_key(*table_, record_.keys())) key_ = *std::move(key);
    });
    return key_ ? &*key_ : nullptr;
}

const Event* WatchedRecord::event() const {
    std::call_once(asked_for_event_, [this] {
        if (table_ != nullptr && !record_.is_notice()) event_ = event_of(*table_, record_);
    });
    return event_ ? &*event_ : nullptr;
}

}  // namespace freshet::engine
