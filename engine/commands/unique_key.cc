#include "engine/commands/unique_key.h"

#include <algorithm>
#include <cstddef>

namespace freshet::engine {
namespace {

constexpr unsigned counter_bits = 12;
constexpr std::uint64_t counter_end = std::uint64_t{1} << counter_bits;
// A millisecond begins in the lower half, and has room for as many again.
constexpr std::uint64_t begin_max = counter_end / 2;

void append_digits(std::string& text, std::uint64_t number, unsigned count) {
    static constexpr char digits[] = "0123456789abcdef";
    for (unsigned shift = 4 * count; shift > 0; shift -= 4) {
        text += digits[(number >> (shift - 4)) & 0xfU];
    }
}

}  // namespace

// One that has no room in its millisecond is of the next one: the clock will get there.
std::string UniqueKeys::next(std::chrono::sys_time<std::chrono::milliseconds> now) {
    const std::lock_guard lock(mutex_);
    const auto time_ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
    if (time_ms > time_ms_ || ++counter_ == counter_end) {
        time_ms_ = std::max(time_ms, time_ms_ + 1);
        counter_ = random_() % begin_max;
    }
    const std::uint64_t random = (std::uint64_t{random_()} << 32U) | random_();
    std::string text;
    append_digits(text, time_ms_ >> 16U, 8);
    text += '-';
    append_digits(text, time_ms_, 4);
    text += "-7";
    append_digits(text, counter_, 3);
    text += '-';
    append_digits(text, 0x8000U | (random & 0x3fffU), 4);  // the variant of RFC 9562
    text += '-';
    append_digits(text, random >> 16U, 12);
    return text;
}

}  // namespace freshet::engine
