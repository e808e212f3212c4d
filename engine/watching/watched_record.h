// A record as those who follow the log share it: with its table and the event that it is.
//
// A thousand subscribers to one change work its event out once: the first who asks does.
//
// Threads: any.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "engine/catalog/catalog.h"
#include "engine/watching/event_rules.h"
#include "storage/record.h"

namespace freshet::engine {

class WatchedRecord {
public:
    WatchedRecord(storage::Record record, const Catalog& catalog);
    WatchedRecord(const WatchedRecord&) = delete;
    WatchedRecord& operator=(const WatchedRecord&) = delete;

    [[nodiscard]] const storage::Record& record() const { return record_; }
    // Null if its table is no longer declared.
    [[nodiscard]] const Table* table() const { return table_; }
    // Null if it is none: see event_of().
    [[nodiscard]] const Event* event() const;

private:
    const storage::Record record_;
    const Table* const table_;
    mutable std::once_flag asked_;
    mutable std::optional<Event> event_;
};

}  // namespace freshet::engine
