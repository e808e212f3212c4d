// How often a test that draws at random draws.
#pragma once

#include <cstddef>

namespace freshet::support {

// That many rounds, times FRESHET_ROUNDS, such as 10 or 0.25, if it is set; at least one. Throws
// std::invalid_argument if it is no number above 0.
std::size_t rounds(std::size_t usual);

}  // namespace freshet::support
