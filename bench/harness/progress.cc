#include "bench/harness/progress.h"

#include <cstdint>
#include <cstdio>

#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr double silence_seconds_max = 5;
std::uint64_t last_word_ns = 0;

}  // namespace

void say_progress(const std::string& text) {
    static const std::uint64_t begin = now_ns();
    last_word_ns = now_ns();
    std::fprintf(stderr, "[%6.1f s] %s\n", seconds_since(begin), text.c_str());
}

void say_progress_at_times(std::uint64_t count, std::string_view what) {
    if (last_word_ns == 0) last_word_ns = now_ns();
    if (seconds_since(last_word_ns) < silence_seconds_max) return;
    say_progress(std::to_string(count) + " " + std::string(what));
}

}  // namespace freshet::bench
