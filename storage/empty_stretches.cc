#include "storage/empty_stretches.h"

#include <algorithm>
#include <utility>

#include "storage/invariant.h"

namespace freshet::storage {
namespace {

// The least entry above `entry`.
std::string after(std::string_view entry) {
    return std::string(entry) + '\0';
}

}  // namespace

EmptyStretches::Reading::Reading(EmptyStretches& stretches, std::string_view begin,
                                 std::string_view end, std::uint64_t version)
    : stretches_(stretches), begin_(begin), end_(end), version_(version) {
    const std::lock_guard lock(stretches_.mutex_);
    may_learn_ = version_ == stretches_.newest_;
    if (may_learn_) stretches_.readings_.push_back(this);
}

EmptyStretches::Reading::~Reading() {
    const std::lock_guard lock(stretches_.mutex_);
    std::erase(stretches_.readings_, this);
}

std::optional<std::string> EmptyStretches::Reading::end_of_stretch(std::string_view entry) const {
    if (stretches_.size_ == 0) return std::nullopt;
    const std::lock_guard lock(stretches_.mutex_);
    const auto stretch = stretches_.stretch_with(entry);
    const bool is_there = stretch != stretches_.stretches_.end();
    if (!is_there || stretch->second.since > version_) return std::nullopt;
    return stretch->second.end;
}

std::optional<std::string> EmptyStretches::Reading::begin_of_stretch(std::string_view entry) const {
    if (stretches_.size_ == 0) return std::nullopt;
    const std::lock_guard lock(stretches_.mutex_);
    auto stretch = stretches_.stretches_.lower_bound(entry);
    if (stretch == stretches_.stretches_.begin()) return std::nullopt;
    --stretch;
    if (stretch->second.end < entry || stretch->second.since > version_) return std::nullopt;
    return stretch->first;
}

void EmptyStretches::Reading::learn(std::string_view begin, std::string_view end,
                                    std::uint64_t weight) {
    invariant(begin_ <= begin && end <= end_, "a reader learns only of what it reads");
    if (weight < weight_least || begin >= end) return;
    const std::lock_guard lock(stretches_.mutex_);
    const bool is_old = std::any_of(put_.begin(), put_.end(), [&](const std::string& entry) {
        return begin <= entry && entry < end;
    });
    if (!may_learn_ || is_old) return;
    stretches_.add(std::string(begin),
                   {.end = std::string(end), .since = version_, .weight = weight});
}

void EmptyStretches::replace(std::uint64_t version,
                             const std::function<void(const Tell& tell)>& rows) {
    const std::lock_guard lock(mutex_);
    newest_ = version;
    if (stretches_.empty() && readings_.empty()) return;
    rows([&](std::string_view entry) {
        take_out(entry);
        for (Reading* reading : readings_) {
            if (entry < reading->begin_ || entry >= reading->end_) continue;
            reading->may_learn_ = reading->may_learn_ && reading->put_.size() < Reading::put_max;
            if (reading->may_learn_) reading->put_.emplace_back(entry);
        }
    });
}

void EmptyStretches::forget_merged(std::uint64_t merges) {
    if (merges_ == merges) return;
    const std::lock_guard lock(mutex_);
    merges_ = merges;
    stretches_.clear();
    size_ = 0;
}

void EmptyStretches::clear(std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    newest_ = version;
    stretches_.clear();
    size_ = 0;
    for (Reading* reading : readings_) reading->may_learn_ = false;
}

EmptyStretches::Stretches::const_iterator EmptyStretches::stretch_with(
    std::string_view entry) const {
    auto stretch = stretches_.upper_bound(entry);
    if (stretch == stretches_.begin()) return stretches_.end();
    --stretch;
    return entry < stretch->second.end ? stretch : stretches_.end();
}

// What remains on each side is a stretch, as long as it is worth one.
void EmptyStretches::take_out(std::string_view entry) {
    const auto found = stretch_with(entry);
    if (found == stretches_.end()) return;
    auto node = stretches_.extract(found);
    const Stretch stretch = std::move(node.mapped());
    const std::string begin = std::move(node.key());
    const std::uint64_t weight = stretch.weight / 2;
    if (weight >= weight_least) {
        std::string behind = after(entry);
        if (begin < entry) {
            stretches_.emplace(
                begin,
                Stretch{.end = std::string(entry), .since = stretch.since, .weight = weight});
        }
        if (behind < stretch.end) {
            stretches_.emplace(
                std::move(behind),
                Stretch{.end = stretch.end, .since = stretch.since, .weight = weight});
        }
    }
    make_room();
}

void EmptyStretches::add(std::string begin, Stretch stretch) {
    auto other = stretches_.upper_bound(begin);
    if (other != stretches_.begin() && std::prev(other)->second.end >= begin) --other;
    while (other != stretches_.end() && other->first <= stretch.end) {
        begin = std::min(begin, other->first);
        stretch.end = std::max(stretch.end, other->second.end);
        stretch.since = std::max(stretch.since, other->second.since);
        stretch.weight += other->second.weight;
        other = stretches_.erase(other);
    }
    if (begin.size() + stretch.end.size() <= stretch_bytes_max) {
        stretches_.insert_or_assign(std::move(begin), std::move(stretch));
    }
    make_room();
}

// Forgets one after the other, around and around: who needs it learns it again.
void EmptyStretches::make_room() {
    while (stretches_.size() > stretches_max) {
        auto next = stretches_.upper_bound(hand_);
        if (next == stretches_.end()) next = stretches_.begin();
        hand_ = next->first;
        stretches_.erase(next);
    }
    size_ = stretches_.size();
}

}  // namespace freshet::storage
