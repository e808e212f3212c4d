// Which times of items are over at a moment, as DynamoDB's TTL has them: numbers of seconds since
// 1970 up to that moment, but none that lies more than five years before it. A part of a second
// does not count.
//
// Threads: values.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/values/decimal.h"
#include "storage/image.h"

namespace freshet::engine {

class DueTimes {
public:
    explicit DueTimes(std::chrono::sys_seconds moment);

    // Whether the value, which an item may lack, is one of them.
    [[nodiscard]] bool hold(const std::optional<storage::ValueView>& value) const;

    // As texts of decimals: they are at least `since` and below `until`.
    [[nodiscard]] std::string since() const { return since_.canonical(); }
    [[nodiscard]] std::string until() const { return until_.canonical(); }

private:
    Decimal since_;
    Decimal until_;
};

}  // namespace freshet::engine
