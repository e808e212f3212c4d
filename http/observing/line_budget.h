// How much of one kind the server's log takes: in a second so many lines, and so many bytes.
//
// Anyone may make us say something, some without a credential, and what is said is kept on a disk.
// 50 lines a second tell what happens, and 16 KiB hold 50 of the usual length, some 200 bytes, with
// room for a longer one here and there. Filled day and night, one kind writes 1.4 GB a day.
//
// Invariants
//   - A kind has its own budget, so one that makes much noise keeps out nothing of another.
//   - Lines without room are counted, by a metric at once and in the log with the next line of the
//     kind that comes in a later second.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>

#include "http/observing/http_metrics.h"

namespace spdlog {
class logger;
}

namespace freshet::http {

inline constexpr std::size_t log_lines_max = 50;          // in a second
inline constexpr std::size_t log_bytes_max = 16U << 10U;  // in a second

enum class LineLevel { info, warning, error };

class LineBudget {
public:
    // `what` names the lines as the log tells of those that had no room, such as "audit N more
    // refusals": what stands before the number, and what after "more". Without a log nothing is
    // written, and without metrics nothing counted.
    LineBudget(std::shared_ptr<spdlog::logger> log, LineKind kind, std::string_view prefix,
               std::string_view what, HttpMetrics* metrics);

    // Writes the line if it has room in this second. Its texts are already as a log may show them
    // (engine/text/shown_text.h).
    void write(LineLevel level, std::string_view line, std::chrono::sys_seconds now);

private:
    // Whether a line of that length has room, and how many had none before this second.
    struct Room {
        bool is_there = false;
        std::size_t left_out = 0;
    };
    Room take_room(std::size_t bytes, std::chrono::sys_seconds now);

    const std::shared_ptr<spdlog::logger> log_;
    const LineKind kind_;
    const std::string_view prefix_;
    const std::string_view what_;
    HttpMetrics* const metrics_;

    std::mutex mutex_;  // guards what follows, and is not held while something is written
    std::chrono::sys_seconds second_{};
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace freshet::http
