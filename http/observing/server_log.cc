#include "http/observing/server_log.h"

#include <spdlog/logger.h>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "engine/text/shown_text.h"

namespace freshet::http {

ServerLog::ServerLog(std::shared_ptr<spdlog::logger> log, HttpMetrics* metrics)
    : lines_(std::move(log), LineKind::faults, "", "faults", metrics) {}

void ServerLog::info(std::string_view what, std::string_view why) noexcept {
    write(LineLevel::info, what, why);
}

void ServerLog::warn(std::string_view what, std::string_view why) noexcept {
    write(LineLevel::warning, what, why);
}

void ServerLog::error(std::string_view what, std::string_view why) noexcept {
    write(LineLevel::error, what, why);
}

void ServerLog::write(LineLevel level, std::string_view what, std::string_view why) noexcept {
    try {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        std::string text(what);
        lines_.write(level, engine::shown_text(text.append(why), log_line_bytes_max), now);
    } catch (const std::exception&) {
        return;  // for want of memory: there is nobody left to tell
    }
}

}  // namespace freshet::http
