// A tumbling window of a lane: what its calls carry on from one to the next, as Lambda has it.
//
//     records of 07:04:00 to 07:05:00  ->  calls with `state`, each answered with the next one
//                                      ->  a last call without records, isFinalInvokeForWindow
//
// A record belongs to the window of the moment at which it was appended. The state is in memory
// alone: as long as a window is open, the place of the function stays before its first record. So
// after a crash the window begins again, from its first record and without a state, and comes to
// the same end.
//
// Threads: belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/position.h"
#include "storage/record.h"
#include "storage/time.h"

namespace freshet::engine {

// Beyond this, a window ends with the call that has brought it so far, as Lambda has it.
inline constexpr std::size_t window_state_bytes_max = 1U << 20U;

class FunctionWindow {
public:
    explicit FunctionWindow(std::chrono::seconds length) : length_(length) {}

    [[nodiscard]] bool is_open() const { return first_.has_value(); }
    // Begins the window that the record belongs to.
    void open(const storage::Record& first);
    void close();

    // What belongs to it was appended before that.
    [[nodiscard]] storage::AppendTime end() const { return start_ + length_; }
    [[nodiscard]] storage::Position first() const { return *first_; }

    // Takes in what a call has answered.
    void take_state(std::string state);

    // Whether the last call is due, or under way.
    [[nodiscard]] bool is_ending() const { return is_ending_; }
    void begin_end() { is_ending_ = true; }

    // The members that a call has besides its records, each with a comma before it.
    [[nodiscard]] std::string members(std::string_view table, std::size_t lane) const;

private:
    std::chrono::seconds length_;
    std::optional<storage::Position> first_;  // record in it; nothing: it is not open
    storage::AppendTime start_;
    std::string state_;  // JSON
    bool is_ending_ = false;
    bool is_early_ = false;
};

}  // namespace freshet::engine
