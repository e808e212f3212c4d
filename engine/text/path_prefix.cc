#include "engine/text/path_prefix.h"

#include <algorithm>

namespace freshet::engine {

namespace {

bool is_segment(std::string_view text) {
    if (text.empty() || text == "." || text == "..") return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        constexpr std::string_view others = "-._~";
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

}  // namespace

bool is_path_prefix(std::string_view text) {
    if (text.empty() || text.size() > path_prefix_bytes_max) return false;
    while (!text.empty()) {
        if (!text.starts_with('/')) return false;
        text.remove_prefix(1);
        const std::size_t end = std::min(text.find('/'), text.size());
        if (!is_segment(text.substr(0, end))) return false;
        text.remove_prefix(end);
    }
    return true;
}

}  // namespace freshet::engine
