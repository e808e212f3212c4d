// What a story draws as it goes, besides what its generators make.
//
// Threads: that of the property.
#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <vector>

namespace freshet::properties {

// From 0 on and below the limit, each as often, however short the story is.
inline std::size_t below(std::size_t limit) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, limit));
}

template <class T>
T any_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
}

}  // namespace freshet::properties
