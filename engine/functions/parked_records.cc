#include "engine/functions/parked_records.h"

#include <algorithm>
#include <utility>

namespace freshet::engine {

using storage::ParkedAs;
using storage::Position;

void ParkedRecords::put(Position record, Entry entry) {
    if (const auto known = entries_.find(record); known != entries_.end()) erase(known);
    const auto put = entries_.emplace(record, std::move(entry)).first;
    held_ += put->second.status == ParkedAs::held ? 1 : 0;
    if (hold_ == Hold::none) {
        if (put->second.status == ParkedAs::again) ready_.insert(record);
        return;
    }
    ItemRecords& records = items_[put->second.item];
    if (!records.empty()) ready_.erase(*records.begin());
    records.insert(record);
    look_at_first(records);
}

void ParkedRecords::note(Position record, Position noted) {
    const auto entry = entries_.find(record);
    if (entry != entries_.end()) entry->second.noted = std::max(entry->second.noted, noted);
}

void ParkedRecords::release(Position record) {
    if (const auto entry = entries_.find(record); entry != entries_.end()) erase(entry);
}

std::uint32_t ParkedRecords::count_attempt(Position record) {
    return ++entries_.at(record).attempts;
}

void ParkedRecords::erase(std::map<Position, Entry>::iterator entry) {
    held_ -= entry->second.status == ParkedAs::held ? 1 : 0;
    ready_.erase(entry->first);
    if (const auto item = items_.find(entry->second.item); item != items_.end()) {
        item->second.erase(entry->first);
        if (item->second.empty()) {
            items_.erase(item);
        } else {
            look_at_first(item->second);
        }
    }
    entries_.erase(entry);
}

void ParkedRecords::look_at_first(const ItemRecords& records) {
    const Position first = *records.begin();
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

Position ParkedRecords::last() const {
    return entries_.empty() ? Position{} : entries_.rbegin()->first;
}

std::optional<Position> ParkedRecords::next() const {
    if (ready_.empty()) return std::nullopt;
    return *ready_.begin();
}

}  // namespace freshet::engine
