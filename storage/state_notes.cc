#include "storage/state_notes.h"

#include <algorithm>
#include <cstring>

namespace freshet::storage {
namespace {

// What an entry takes beside its bytes.
constexpr std::size_t entry_bytes = 128;

}  // namespace

std::string_view StateNotes::keep(std::string_view bytes) {
    auto* const kept =
        static_cast<char*>(memory_.allocate(std::max<std::size_t>(bytes.size(), 1), 1));
    std::memcpy(kept, bytes.data(), bytes.size());
    bytes_ += bytes.size();
    return {kept, bytes.size()};
}

void StateNotes::seal(Entry checkpoint) {
    std::erase_if(items_, [](const auto& noted) { return !noted.second.is_written(); });
    checkpoint_ = {.key = keep(checkpoint.key), .value = keep(checkpoint.value.value_or(""))};
    size_ = items_.size() + rows_.size() + facts_.size() + 1;
    bytes_ += size_ * entry_bytes;
    for (const auto& [entry, known] : items_) bytes_ += known.item()->bytes().size();
    for (const auto& [entry, bytes] : facts_) bytes_ += entry.size() + (bytes ? bytes->size() : 0);
}

const std::shared_ptr<const Item>* StateNotes::item(const HashedKey& entry) const {
    const auto known = items_.find(entry);
    return known == items_.end() ? nullptr : &known->second.item();
}

std::vector<StateNotes::Entry> StateNotes::in_order() const {
    std::vector<Entry> entries;
    entries.reserve(size_);
    entries.push_back(checkpoint_);
    for (const auto& [entry, known] : items_) {
        entries.push_back({.key = entry.bytes(), .value = known.item()->bytes()});
    }
    for (const auto& [entry, row] : rows_) {
        entries.push_back({.key = entry.bytes(), .value = row.value, .was_absent = row.was_absent});
    }
    for (const auto& [entry, bytes] : facts_) entries.push_back({.key = entry, .value = bytes});
    put_in_order(entries);
    return entries;
}

void StateNotes::put_in_order(std::vector<Entry>& entries) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& one, const Entry& other) { return one.key < other.key; });
}

}  // namespace freshet::storage
