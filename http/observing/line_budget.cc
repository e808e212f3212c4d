#include "http/observing/line_budget.h"

#include <spdlog/logger.h>

#include <utility>

namespace freshet::http {

namespace {

// What the logger puts around a line: the time, the level, its end.
constexpr std::size_t frame_bytes = 40;

spdlog::level::level_enum level_of(LineLevel level) {
    switch (level) {
        case LineLevel::info:
            return spdlog::level::info;
        case LineLevel::warning:
            return spdlog::level::warn;
        case LineLevel::error:
            break;
    }
    return spdlog::level::err;
}

}  // namespace

LineBudget::LineBudget(std::shared_ptr<spdlog::logger> log, LineKind kind, std::string_view prefix,
                       std::string_view what, HttpMetrics* metrics)
    : log_(std::move(log)), kind_(kind), prefix_(prefix), what_(what), metrics_(metrics) {}

LineBudget::Room LineBudget::take_room(std::size_t bytes, std::chrono::sys_seconds now) {
    const std::lock_guard lock(mutex_);
    Room room;
    // Threads do not see the same second begin, and one that is late does not begin another. A
    // clock that was put back does.
    if (now > second_ || second_ - now > std::chrono::seconds(1)) {
        room.left_out = std::exchange(left_out_, 0);
        second_ = now;
        lines_ = bytes_ = 0;
    }
    room.is_there = lines_ < log_lines_max && bytes <= log_bytes_max - bytes_;
    if (room.is_there) {
        ++lines_;
        bytes_ += bytes;
    } else {
        ++left_out_;
    }
    return room;
}

void LineBudget::write(LineLevel level, std::string_view line, std::chrono::sys_seconds now) {
    if (!log_) return;
    const Room room = take_room(line.size() + frame_bytes, now);
    if (room.left_out > 0) {
        log_->warn("{}{} more {} were not listed", prefix_, room.left_out, what_);
    }
    if (room.is_there) {
        log_->log(level_of(level), "{}", line);
    } else if (metrics_ != nullptr) {
        metrics_->count_left_out(kind_);
    }
}

}  // namespace freshet::http
