// The kinds of a DynamoDB stream, as a record names them: which images it has.
//
// Threads: pure.
#pragma once

#include <string_view>

namespace freshet::engine {

// Whether each change of such a stream, but for a removal, comes with the image after it.
constexpr bool promises_after(std::string_view view_type) {
    return view_type == "NEW_IMAGE" || view_type == "NEW_AND_OLD_IMAGES";
}

constexpr bool is_view_type(std::string_view text) {
    return promises_after(text) || text == "KEYS_ONLY" || text == "OLD_IMAGE";
}

}  // namespace freshet::engine
