// The value of a Result that a test relies on; ends the test program with the error otherwise.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "storage/result.h"

namespace freshet::support {

template <class T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "unexpected failure: %s\n", result.error().message.c_str());
        std::abort();
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace freshet::support
