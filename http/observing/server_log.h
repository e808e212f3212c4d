// What the server says of itself while it serves, beside the audit log: faults, and what it does
// about them. Clients can cause each of these lines, and choose texts in them.
//
// Invariants
//   - A line is one line, and holds nothing that steers a terminal (engine/text/shown_text.h).
//   - The lines of a second, and their bytes, are bounded (http/observing/line_budget.h).
//   - Nothing throws: want of memory is told here too. A line for which there is no memory is lost.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "http/observing/line_budget.h"

namespace freshet::http {

// The longest that is of use: a sentence with two stream names of 2 KiB.
inline constexpr std::size_t log_line_bytes_max = 6U << 10U;

class ServerLog {
public:
    // Without a log nothing is written.
    explicit ServerLog(std::shared_ptr<spdlog::logger> log, HttpMetrics* metrics = nullptr);

    // `why` follows `what` as it is.
    void info(std::string_view what, std::string_view why = {}) noexcept;
    void warn(std::string_view what, std::string_view why = {}) noexcept;
    void error(std::string_view what, std::string_view why = {}) noexcept;

private:
    void write(LineLevel level, std::string_view what, std::string_view why) noexcept;

    LineBudget lines_;
};

}  // namespace freshet::http
