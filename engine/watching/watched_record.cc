#include "engine/watching/watched_record.h"

#include "engine/catalog/item_key.h"
#include "storage/invariant.h"

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

const std::string& WatchedRecord::event_data() const {
    const Event* known = event();
    invariant(known != nullptr, "data is of an event");
    std::call_once(asked_for_data_,
                   [&] { data_ = engine::event_data(*known->rule, *table_, record_); });
    return data_;
}

}  // namespace freshet::engine
