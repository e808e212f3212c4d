#include "engine/watching/watched_record.h"

namespace freshet::engine {

WatchedRecord::WatchedRecord(storage::Record record, const Catalog& catalog)
    : record_(std::move(record)), table_(catalog.table(record_.table())) {}

const Event* WatchedRecord::event() const {
    std::call_once(asked_, [this] {
        if (table_ != nullptr) event_ = event_of(*table_, record_);
    });
    return event_ ? &*event_ : nullptr;
}

}  // namespace freshet::engine
