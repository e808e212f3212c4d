// The value of a Result that a test relies on; throws the error otherwise, and so fails the test.
#pragma once

#include <stdexcept>
#include <utility>

#include "storage/result.h"

namespace freshet::support {

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error("unexpected failure: " + result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace freshet::support
