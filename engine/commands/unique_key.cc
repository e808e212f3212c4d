#include "engine/commands/unique_key.h"

#include <algorithm>

#include "engine/text/hexadecimal.h"

namespace freshet::engine {
namespace {

constexpr unsigned counter_bits = 12;
constexpr std::uint64_t counter_end = std::uint64_t{1} << counter_bits;
// A millisecond begins in the lower half, and has room for as many again.
constexpr std::uint64_t begin_max = counter_end / 2;

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
    append_hexadecimal(text, time_ms_ >> 16U, 8);
    text += '-';
    append_hexadecimal(text, time_ms_, 4);
    text += "-7";
    append_hexadecimal(text, counter_, 3);
    text += '-';
    append_hexadecimal(text, 0x8000U | (random & 0x3fffU), 4);  // the variant of RFC 9562
    text += '-';
    append_hexadecimal(text, random >> 16U, 12);
    return text;
}

}  // namespace freshet::engine
