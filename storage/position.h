// A record's place in the change log.
#pragma once

#include <compare>
#include <cstdint>

namespace freshet::storage {

// Strictly increasing from record to record, never reused, not necessarily dense. The default,
// 0, stands before the first record.
struct Position {
    std::uint64_t value = 0;

    auto operator<=>(const Position&) const = default;
};

// A position together with the log it belongs to and a hash of everything up to it: whoever keeps
// a mark can tell whether a log still holds exactly the same history.
struct LogMark {
    std::uint64_t epoch = 0;  // names the log; drawn at random when it begins
    Position position;
    std::uint64_t chain = 0;  // hash over every record up to and including `position`

    bool operator==(const LogMark&) const = default;
};

}  // namespace freshet::storage
