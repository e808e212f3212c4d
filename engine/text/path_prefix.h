// The path that a proxy serves us under: `/freshet` of https://shop.example/freshet/views/order/a.
// Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace freshet::engine {

inline constexpr std::size_t path_prefix_bytes_max = 256;

// Whether `text` is one that can be put before a path: it begins with one slash and does not end
// with one, and its segments are letters, digits and `-._~`. So what a browser makes of it is a
// path of the same server.
bool is_path_prefix(std::string_view text);

}  // namespace freshet::engine
