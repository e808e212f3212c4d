#include "storage/state_cursor.h"

#include <utility>

#include "storage/internal/state_error.h"
#include "storage/internal/state_keys.h"
#include "storage/internal/state_walk.h"
#include "storage/invariant.h"

namespace freshet::storage {

StateKey take_apart(std::string_view key) {
    if (key.empty()) return {};
    const std::string_view rest = key.substr(1);
    switch (key.front()) {
        case internal::item_tag:
            return {.kind = StateKind::item, .rest = rest};
        case internal::row_tag:
            return {.kind = StateKind::row, .rest = rest};
        case internal::fact_tag:
            return {.kind = StateKind::fact, .rest = rest};
        case internal::checkpoint_tag:
            return {.kind = StateKind::checkpoint, .rest = rest};
        default:
            return {.kind = StateKind::unknown, .rest = key};
    }
}

StateCursor StateCursor::over_everything(const StateSnapshot& state) {
    return {state, "", ""};
}

StateCursor StateCursor::over_items(const StateSnapshot& state, std::string_view table) {
    const std::string first = internal::item_entry(table, "");
    return {state, first, first};
}

StateCursor StateCursor::over_rows(const StateSnapshot& state, std::string_view projection,
                                   std::string_view prefix) {
    return {state, internal::row_entry(projection, ""), internal::row_entry(projection, prefix)};
}

StateCursor::StateCursor(const StateSnapshot& state, std::string first, const std::string& begin)
    : first_(std::move(first)), at_(state.walk(begin, after_prefix(begin))) {}

StateCursor::~StateCursor() = default;

bool StateCursor::valid() const {
    return at_->valid();
}

std::string_view StateCursor::key() const {
    invariant(valid(), "a cursor shows an entry only where there is one");
    return at_->entry().substr(first_.size());
}

std::string_view StateCursor::value() const {
    invariant(valid(), "a cursor shows an entry only where there is one");
    return at_->value();
}

void StateCursor::next() {
    invariant(valid(), "a cursor moves on only from an entry");
    at_->next();
}

Result<void> StateCursor::status() const {
    const rocksdb::Status status = at_->status();
    if (status.ok()) return {};
    return fail(internal::state_error(status, "reading the state"));
}

}  // namespace freshet::storage
