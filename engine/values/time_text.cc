#include "engine/values/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace freshet::engine {

using storage::SourceTime;

std::string text_of(SourceTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    std::array<char, 40> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::string millisecond_text_of(SourceTime time) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    std::string text = text_of(time);
    text.pop_back();  // Z
    const auto rest = std::chrono::floor<milliseconds>(time - std::chrono::floor<seconds>(time));
    const std::string digits = std::to_string(rest.count());
    return text + '.' + std::string(3 - digits.size(), '0') + digits;
}

}  // namespace freshet::engine
