#include "storage/state_window.h"

#include "storage/invariant.h"

namespace freshet::storage {

void StateWindow::add(std::shared_ptr<const StateNotes> commit) {
    for (const auto& [entry, known] : commit->items()) items_[entry] = &known;
    for (const auto& [entry, row] : commit->rows()) {
        const auto [newest, is_first] = rows_.try_emplace(entry);
        if (is_first) newest->second.was_absent = row.was_absent;
        newest->second.row = &row;
    }
    for (const auto& [entry, bytes] : commit->facts()) facts_[entry] = &bytes;
    was_walked_ = was_walked_ || seen_->was_walked;
    auto seen = std::make_shared<Seen>();
    seen->commits = seen_->commits;
    seen->runs = seen_->runs;
    seen->bytes = seen_->bytes + commit->bytes();
    auto run = std::make_shared<const StateRun>(*commit);
    while (!seen->runs.empty() && seen->runs.back()->commits() <= run->commits()) {
        run = std::make_shared<const StateRun>(seen->runs.back(), std::move(run));
        seen->runs.pop_back();
    }
    seen->runs.push_back(std::move(run));
    seen->commits.push_back(std::move(commit));
    seen_ = std::move(seen);
}

bool StateWindow::is_filled(std::size_t part) const {
    return seen_->commits.size() >= commits_max / part || seen_->bytes >= bytes_max_ / part;
}

const std::shared_ptr<const Item>* StateWindow::item(const HashedKey& entry) const {
    const auto newest = items_.find(entry);
    return newest == items_.end() ? nullptr : &newest->second->item();
}

const StateNotes::Row* StateWindow::row(const HashedKey& entry) const {
    const auto newest = rows_.find(entry);
    return newest == rows_.end() ? nullptr : newest->second.row;
}

const std::optional<std::string>* StateWindow::fact(std::string_view entry) const {
    const auto newest = facts_.find(entry);
    return newest == facts_.end() ? nullptr : newest->second;
}

std::vector<StateNotes::Entry> StateWindow::in_order() const {
    invariant(!is_empty(), "what is written has a checkpoint");
    std::vector<StateNotes::Entry> entries;
    entries.reserve(items_.size() + rows_.size() + facts_.size() + 1);
    entries.push_back(seen_->commits.back()->checkpoint());
    for (const auto& [entry, known] : items_) {
        entries.push_back({.key = entry.bytes(), .value = known->item()->bytes()});
    }
    for (const auto& [entry, newest] : rows_) {
        if (!newest.row->value && newest.was_absent) continue;
        entries.push_back({.key = entry.bytes(), .value = newest.row->value});
    }
    for (const auto& [entry, bytes] : facts_) entries.push_back({.key = entry, .value = *bytes});
    StateNotes::put_in_order(entries);
    return entries;
}

}  // namespace freshet::storage
