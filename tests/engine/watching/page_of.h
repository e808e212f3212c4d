// Small pictures, as a test writes them.
#pragma once

#include <cstddef>
#include <string>

#include "engine/watching/picture.h"

namespace freshet::engine {

// Each entry is a key of one letter and a digit that it shows: `a1 b1`.
inline Picture page_of(const std::string& entries, const std::string& next = "") {
    Picture picture{.kind = Picture::Kind::page, .entries = {}, .next = next};
    for (std::size_t i = 0; i + 1 < entries.size(); i += 3) {
        picture.entries.push_back({.key = entries.substr(i, 1), .json = entries.substr(i + 1, 1)});
    }
    return picture;
}

}  // namespace freshet::engine
