#include "storage/internal/window_walk.h"

#include <algorithm>
#include <utility>

namespace freshet::storage::internal {
namespace {

using Entry = StateNotes::Entry;

const Entry* first_from(const std::vector<Entry>& entries, std::string_view key) {
    const auto from = std::partition_point(entries.begin(), entries.end(),
                                           [key](const Entry& entry) { return entry.key < key; });
    return entries.data() + (from - entries.begin());
}

}  // namespace

WindowWalk::WindowWalk(std::shared_ptr<const StateWindow::Seen> seen, std::string_view begin,
                       std::string_view end, RowOrder order)
    : seen_(std::move(seen)), order_(order) {
    seen_->was_walked = true;
    for (std::size_t age = 0; age < seen_->runs.size(); ++age) {
        const std::vector<Entry>& entries = seen_->runs[age]->in_order();
        const Entry* const from = first_from(entries, begin);
        const Entry* const to =
            end.empty() ? entries.data() + entries.size() : first_from(entries, end);
        if (from >= to) continue;
        places_.push_back(order_ == RowOrder::rising ? Place{from, to, age}
                                                     : Place{to - 1, from - 1, age});
    }
    std::make_heap(places_.begin(), places_.end(),
                   [this](const Place& one, const Place& other) { return is_after(one, other); });
}

// Of one entry the newest comes first.
bool WindowWalk::is_after(const Place& one, const Place& other) const {
    const int compared = one.at->key.compare(other.at->key);
    if (compared == 0) return one.age < other.age;
    return order_ == RowOrder::rising ? compared > 0 : compared < 0;
}

void WindowWalk::next() {
    const std::string_view key = entry().key;
    do {
        move_first();
    } while (valid() && entry().key == key);
}

void WindowWalk::move_first() {
    const auto is_after = [this](const Place& one, const Place& other) {
        return this->is_after(one, other);
    };
    std::pop_heap(places_.begin(), places_.end(), is_after);
    Place& moved = places_.back();
    moved.at += order_ == RowOrder::rising ? 1 : -1;
    if (moved.at == moved.end) {
        places_.pop_back();
    } else {
        std::push_heap(places_.begin(), places_.end(), is_after);
    }
}

}  // namespace freshet::storage::internal
