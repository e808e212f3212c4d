#include "engine/functions/parked_records.h"

#include <utility>

namespace freshet::engine {

using storage::ParkedAs;
using storage::Position;

void ParkedRecords::put(Position record, Entry entry) {
    if (const auto known = entries_.find(record); known != entries_.end()) erase(known);
    const auto put = entries_.emplace(record, std::move(entry)).first;
    held_ += put->second.status == ParkedAs::held ? 1 : 0;
    if (hold_ == Hold::item) {
        items_[put->second.item].insert(record);
        look_at(put->second.item);
    } else if (put->second.status == ParkedAs::again) {
        ready_.insert(record);
    }
}

void ParkedRecords::release(Position record) {
    const auto entry = entries_.find(record);
    if (entry == entries_.end()) return;
    const std::string item = entry->second.item;
    erase(entry);
    if (hold_ == Hold::item) look_at(item);
}

std::uint32_t ParkedRecords::count_attempt(Position record) {
    return ++entries_.at(record).attempts;
}

void ParkedRecords::erase(std::map<Position, Entry>::iterator entry) {
    held_ -= entry->second.status == ParkedAs::held ? 1 : 0;
    ready_.erase(entry->first);
    if (const auto item = items_.find(entry->second.item); item != items_.end()) {
        item->second.erase(entry->first);
        if (item->second.empty()) items_.erase(item);
    }
    entries_.erase(entry);
}

// Of an item, only the first may be handed over: if somebody has asked for it, or if it was held
// and nothing is left that it waits for.
void ParkedRecords::look_at(const std::string& item) {
    const auto found = items_.find(item);
    if (found == items_.end()) return;
    for (const Position record : found->second) ready_.erase(record);
    const Position first = *found->second.begin();
    if (entries_.at(first).status != ParkedAs::failed) ready_.insert(first);
}

bool ParkedRecords::contains(Position record) const {
    return entries_.contains(record);
}

const ParkedRecords::Entry* ParkedRecords::find(Position record) const {
    const auto found = entries_.find(record);
    return found == entries_.end() ? nullptr : &found->second;
}

bool ParkedRecords::holds(std::string_view item, Position record) const {
    if (hold_ == Hold::none) return false;
    const auto found = items_.find(std::string(item));
    return found != items_.end() && *found->second.begin() < record;
}

std::optional<Position> ParkedRecords::next() const {
    if (ready_.empty()) return std::nullopt;
    return *ready_.begin();
}

}  // namespace freshet::engine
