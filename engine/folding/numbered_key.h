// Keys of what is sorted for a fold at once: the number of a table, a list or a total, and behind
// it the key of an item or the place of a row. So entries are sorted as they stand in a state.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::engine {

inline constexpr std::size_t number_bytes = 2;
inline constexpr std::size_t numbers_max = std::size_t{1} << (8 * number_bytes);

inline void write_numbered_key(std::string& key, std::size_t number, std::string_view rest) {
    key.assign(1, static_cast<char>(number >> 8U));
    key.append(1, static_cast<char>(number & 0xFFU)).append(rest);
}

inline std::size_t number_in(std::string_view key) {
    return static_cast<std::size_t>(static_cast<unsigned char>(key[0])) << 8U |
           static_cast<unsigned char>(key[1]);
}

}  // namespace freshet::engine
