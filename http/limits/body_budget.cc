#include "http/limits/body_budget.h"

#include <algorithm>
#include <utility>

namespace freshet::http {

namespace {

// Where others hold less than that part, nobody has to leave room for more of them.
constexpr std::size_t little_share = 16;

}  // namespace

BodyBudget::Hold::Hold(BodyBudget& budget, std::vector<LimitKey> clients)
    : budget_(&budget), clients_(std::move(clients)) {}

BodyBudget::Hold::~Hold() {
    if (budget_ != nullptr) resize(0);
}

BodyBudget::Hold::Hold(Hold&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)),
      clients_(std::move(other.clients_)),
      bytes_(std::exchange(other.bytes_, 0)) {}

BodyBudget::Hold& BodyBudget::Hold::operator=(Hold&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(clients_, other.clients_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

std::optional<BodyBudget::Full> BodyBudget::Hold::resize(std::size_t bytes) {
    if (bytes == bytes_) return std::nullopt;
    const auto full = budget_->resize(*this, bytes);
    if (!full) bytes_ = bytes;
    return full;
}

BodyBudget::BodyBudget(std::size_t all_max, std::size_t client_max)
    : all_max_(all_max), client_max_(client_max) {}

BodyBudget::Hold BodyBudget::open(std::vector<LimitKey> clients) {
    return {*this, std::move(clients)};
}

std::size_t BodyBudget::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

std::size_t BodyBudget::clients() const {
    const std::lock_guard lock(mutex_);
    return of_clients_.size();
}

std::optional<BodyBudget::Full> BodyBudget::resize(const Hold& hold, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > hold.bytes_) {
        const std::size_t more = bytes - hold.bytes_;
        const bool has_room =
            std::all_of(hold.clients_.begin(), hold.clients_.end(), [&](const LimitKey& client) {
                const auto held = of_clients_.find(client);
                return more <= client_max_ - (held == of_clients_.end() ? 0 : held->second);
            });
        if (!has_room) return Full::client;
        const std::size_t left = all_max_ - bytes_;
        if (more > left) return Full::all;
        const bool is_fair =
            std::all_of(hold.clients_.begin(), hold.clients_.end(), [&](const LimitKey& client) {
                const auto held = of_clients_.find(client);
                const std::size_t before = held == of_clients_.end() ? 0 : held->second;
                const bool is_alone = bytes_ - before <= all_max_ / little_share;
                return is_alone || before + more <= left - more;
            });
        if (!is_fair) return Full::all;
    }
    // Whatever may throw comes before anything changes.
    for (const LimitKey& client : hold.clients_) of_clients_.try_emplace(client, 0);
    bytes_ = bytes_ - hold.bytes_ + bytes;
    for (const LimitKey& client : hold.clients_) {
        std::size_t& held = of_clients_.at(client);
        held = held - hold.bytes_ + bytes;
        if (held == 0) of_clients_.erase(client);
    }
    return std::nullopt;
}

}  // namespace freshet::http
