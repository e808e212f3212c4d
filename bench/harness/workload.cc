#include "bench/harness/workload.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace freshet::bench {
namespace {

struct NamedSkew {
    Skew skew;
    std::string_view name;
};

constexpr std::array names = {
    NamedSkew{Skew::life, "life"},     NamedSkew{Skew::uniform, "uniform"},
    NamedSkew{Skew::newest, "newest"}, NamedSkew{Skew::skewed, "skewed"},
    NamedSkew{Skew::fresh, "new"},
};

constexpr std::uint64_t lives_for_one_cancelled = 16;
constexpr std::uint32_t version_to_cancel = 1;  // it was edited and is not submitted

// Orders of different seeds are others, too. The rest of the 48 bits of an order counts them.
constexpr std::uint64_t seeds_max = 1U << 12U;
constexpr std::uint64_t orders_of_a_seed = 1ULL << 36U;

}  // namespace

std::string_view name_of(Skew skew) {
    for (const NamedSkew& named : names) {
        if (named.skew == skew) return named.name;
    }
    return {};
}

std::optional<Skew> skew_of(std::string_view name) {
    for (const NamedSkew& named : names) {
        if (named.name == name) return named.skew;
    }
    return std::nullopt;
}

Workload::Workload(WorkloadOptions options)
    : options_(options), dice_(options.seed * options.lanes + options.lane) {
    if (options.skew == Skew::life) {
        making_.resize(options.orders);
    } else {
        versions_.reserve(options.orders);
    }
}

bool Workload::fill(std::string& out) {
    if (placed_ == options_.orders) return false;
    place_order(out, static_cast<std::uint32_t>(dice_.below(versions_of_a_life)));
    return true;
}

std::uint64_t Workload::next(std::string& out) {
    switch (options_.skew) {
        case Skew::life:
            return live_on(out);
        case Skew::uniform:
            return change_order(out, dice_.below(placed_));
        case Skew::newest:
            return change_order(out, placed_ - 1 - dice_.below(std::max(placed_ / 100, 1UL)));
        case Skew::skewed: {
            const double rank = std::pow(static_cast<double>(placed_), dice_.fraction());
            return change_order(out, placed_ - static_cast<std::uint64_t>(rank));
        }
        default:
            return place_order(out, 0);
    }
}

std::uint64_t Workload::place_order(std::string& out, std::uint32_t version) {
    const std::uint64_t order = order_at(placed_++);
    versions_.push_back(version);
    write(out, ChangeKind::insert, {.order = order, .version = version});
    return order;
}

bool Workload::wind_up(std::string& out) {
    for (std::size_t i = 0; i < making_.size(); ++i) {
        if (making_[turn_].next_version > 0) {
            take_turn(out);
            return true;
        }
        turn_ = (turn_ + 1) % making_.size();
    }
    return false;
}

std::uint64_t Workload::live_on(std::string& out) {
    Making& making = making_[turn_];
    if (making.next_version > 0) return take_turn(out);

    turn_ = (turn_ + 1) % making_.size();
    making.index = placed_++;
    making.next_version = 1;
    const std::uint64_t order = order_at(making.index);
    write(out, ChangeKind::insert, {.order = order, .version = 0});
    return order;
}

std::uint64_t Workload::take_turn(std::string& out) {
    Making& making = making_[turn_];
    turn_ = (turn_ + 1) % making_.size();
    const std::uint64_t order = order_at(making.index);
    const bool is_cancelled = scrambled(order) % lives_for_one_cancelled == 0;
    if (is_cancelled && making.next_version == version_to_cancel + 1) {
        write(out, ChangeKind::remove, {.order = order, .version = version_to_cancel});
        making.next_version = 0;
        ++cancelled_;
        return order;
    }
    write(out, ChangeKind::modify, {.order = order, .version = making.next_version});
    making.next_version = (making.next_version + 1) % versions_of_a_life;
    return order;
}

std::uint64_t Workload::change_order(std::string& out, std::uint64_t index) {
    const std::uint64_t order = order_at(index);
    write(out, ChangeKind::modify, {.order = order, .version = ++versions_[index]});
    return order;
}

std::uint64_t Workload::order_at(std::uint64_t index) const {
    return options_.seed % seeds_max * orders_of_a_seed + index * options_.lanes + options_.lane;
}

void Workload::write(std::string& out, ChangeKind kind, OrderVersion to) {
    to.expires_at = options_.expires_at;
    append_record(out, kind, to, records_++ * options_.lanes + options_.lane + 1);
}

}  // namespace freshet::bench
