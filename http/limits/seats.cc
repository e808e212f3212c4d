#include "http/limits/seats.h"

#include <algorithm>
#include <utility>

namespace freshet::http {

Seats::Seat::~Seat() {
    if (seats_ != nullptr) seats_->give_back(key_);
}

Seats::Seat::Seat(Seat&& other) noexcept
    : seats_(std::exchange(other.seats_, nullptr)), key_(other.key_) {}

Seats::Seat& Seats::Seat::operator=(Seat&& other) noexcept {
    std::swap(seats_, other.seats_);
    std::swap(key_, other.key_);
    return *this;
}

std::optional<Seats::Seat> Seats::take(const LimitKey& key) {
    if (most_ == 0) return Seat();
    const std::lock_guard lock(mutex_);
    std::size_t& taken = taken_[key];
    if (taken >= most_) return std::nullopt;
    ++taken;
    return Seat(*this, key);
}

void Seats::give_back(const LimitKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(key);
    if (--found->second == 0) taken_.erase(found);
}

std::optional<Seats::Use> Seats::fullest() const {
    const std::lock_guard lock(mutex_);
    const auto fullest =
        std::max_element(taken_.begin(), taken_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (fullest == taken_.end()) return std::nullopt;
    return Use{.key = fullest->first, .count = fullest->second};
}

std::size_t Seats::clients() const {
    const std::lock_guard lock(mutex_);
    return taken_.size();
}

}  // namespace freshet::http
