// Which release this is: the version of the project in CMakeLists.txt.
#pragma once

#include <string_view>

namespace freshet::engine {

// Such as `0.1.0`.
std::string_view version();

}  // namespace freshet::engine
