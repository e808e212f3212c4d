#include "engine/records/source_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace freshet::engine {
namespace {

using storage::SourceTime;

// No time in one unit is as large as these before the year 5138, and none in the next is smaller.
constexpr double milliseconds_from = 1e11;
constexpr double microseconds_from = 1e14;
constexpr double time_max = 1e18;

// Takes so many digits, and what stands behind them, off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count, std::string_view behind) {
    if (text.size() < count + behind.size()) return std::nullopt;
    int value = 0;
    const char* end = text.data() + count;
    const auto [read_to, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || read_to != end || value < 0) return std::nullopt;
    if (text.substr(count, behind.size()) != behind) return std::nullopt;
    text.remove_prefix(count + behind.size());
    return value;
}

// 2026-11-20T11:39:28, with a fraction or without, and Z, +00:00 or nothing at the end.
std::optional<SourceTime> of_iso_text(std::string_view text) {
    using namespace std::chrono;
    const auto year_read = take_digits(text, 4, "-");
    const auto month_read = year_read ? take_digits(text, 2, "-") : std::nullopt;
    const auto day_read = month_read ? take_digits(text, 2, "T") : std::nullopt;
    const auto hour = day_read ? take_digits(text, 2, ":") : std::nullopt;
    const auto minute = hour ? take_digits(text, 2, ":") : std::nullopt;
    const auto second = minute ? take_digits(text, 2, "") : std::nullopt;
    if (!second) return std::nullopt;
    const year_month_day date(year(*year_read), month(static_cast<unsigned>(*month_read)),
                              day(static_cast<unsigned>(*day_read)));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

    microseconds fraction{0};
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        microseconds unit{100'000};
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
            fraction += unit * (text.front() - '0');
            unit /= 10;
        }
    }
    if (!text.empty() && text != "Z" && text != "+00:00") return std::nullopt;
    return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) + fraction;
}

}  // namespace

std::optional<SourceTime> time_of_number(std::string_view digits) {
    double value = 0;
    const char* end = digits.data() + digits.size();
    const auto [read_to, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || read_to != end || !(value > 0 && value < time_max)) {
        return std::nullopt;
    }
    const double scale = value < milliseconds_from ? 1e6 : value < microseconds_from ? 1e3 : 1;
    return SourceTime(std::chrono::microseconds(std::llround(value * scale)));
}

std::optional<SourceTime> time_of_text(std::string_view text) {
    const auto number = time_of_number(text);
    return number ? number : of_iso_text(text);
}

std::optional<SourceTime> source_time(const JsonNode& node) {
    if (node.is(JsonType::number)) return time_of_number(node.text());
    return node.is(JsonType::string) ? time_of_text(node.text()) : std::nullopt;
}

std::optional<SourceTime> source_time(const storage::Record& record) {
    if (record.stream_envelope().find(time_name) == std::string_view::npos) return std::nullopt;
    const auto members = JsonDocument::parse("{" + std::string(record.stream_envelope()) + "}");
    if (!members) return std::nullopt;
    const JsonNode* time = members->root().find(time_name);
    return time == nullptr ? std::nullopt : source_time(*time);
}

}  // namespace freshet::engine
