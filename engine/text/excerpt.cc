#include "engine/text/excerpt.h"

#include <cstddef>

namespace freshet::engine {

std::string excerpt(std::string_view text) {
    constexpr std::size_t bytes_max = 60;
    if (text.size() <= bytes_max) return std::string(text);
    std::size_t end = bytes_max;
    while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace freshet::engine
