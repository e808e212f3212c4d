// The value of a Result on which a property relies; fails the property with the error otherwise,
// so that the story that led there is shown.
#pragma once

#include <rapidcheck.h>

#include <type_traits>
#include <utility>

#include "storage/result.h"

namespace freshet::properties {

template <class T>
T value_in(Result<T> result) {
    if (!result) {
        RC_FAIL(result.error().message);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace freshet::properties
