#include "engine/text/hexadecimal.h"

#include <array>
#include <charconv>

namespace freshet::engine {

std::string hexadecimal(std::uint64_t number) {
    std::array<char, 16> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
    return {text.data(), end};
}

void append_hexadecimal(std::string& out, std::uint64_t number, unsigned count) {
    static constexpr char digits[] = "0123456789abcdef";
    for (unsigned shift = 4 * count; shift > 0; shift -= 4) {
        out += digits[(number >> (shift - 4)) & 0xfU];
    }
}

}  // namespace freshet::engine
