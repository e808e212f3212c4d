#include "engine/values/due_times.h"

#include <cstdint>
#include <string>

#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// Of 365 days, as DynamoDB has them.
constexpr std::chrono::seconds five_years = std::chrono::hours(24) * 365 * 5;

Decimal decimal_of(std::int64_t seconds) {
    auto decimal = Decimal::parse(std::to_string(seconds));
    invariant(decimal.has_value(), "an integer is a decimal");
    return *std::move(decimal);
}

}  // namespace

DueTimes::DueTimes(std::chrono::sys_seconds moment)
    : since_(decimal_of((moment - five_years).time_since_epoch().count())),
      until_(decimal_of(moment.time_since_epoch().count() + 1)) {}

bool DueTimes::hold(const std::optional<storage::ValueView>& value) const {
    if (!value || value->type() != storage::ValueType::number) return false;
    const auto time = Decimal::parse(value->text());
    return time && *time >= since_ && *time < until_;
}

}  // namespace freshet::engine
