// A record as those who follow the log share it: with its table, its item's key, its event and what
// that says.
//
// A thousand subscribers to one change work each of these out once: the first who asks does.
//
// Threads: any.
#pragma once

#include <mutex>
#include <optional>
#include <string>
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
    // Its item's key in order-preserving bytes (engine/catalog/item_key.h). Null if its table is no
    // longer declared, or is declared with another key, and of a notice.
    [[nodiscard]] const std::string* key() const;
    // Null if it is none: see event_of().
    [[nodiscard]] const Event* event() const;
    // The data of its event, which is there. To be asked for those who may hear it.
    [[nodiscard]] const std::string& event_data() const;

private:
    const storage::Record record_;
    const Table* const table_;
    mutable std::once_flag asked_for_key_;
    mutable std::optional<std::string> key_;
    mutable std::once_flag asked_for_event_;
    mutable std::optional<Event> event_;
    mutable std::once_flag asked_for_data_;
    mutable std::string data_;
};

}  // namespace freshet::engine
