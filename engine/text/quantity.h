// How many there are of something, as a person says it.
//
//     quantity(1, "record")  ->  "1 record"
//     quantity(2, "record")  ->  "2 records"
//     quantity(2, "record was", "records were")  ->  "2 records were"
//
// Threads: pure; any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::engine {

inline std::string quantity(std::uint64_t count, std::string_view one, std::string_view more) {
    return std::to_string(count).append(" ").append(count == 1 ? one : more);
}

// What an s makes more of.
inline std::string quantity(std::uint64_t count, std::string_view one) {
    return quantity(count, one, std::string(one) + 's');
}

}  // namespace freshet::engine
