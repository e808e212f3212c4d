#include "tests/support/rounds.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace freshet::support {

std::size_t rounds(std::size_t usual) {
    const char* text = std::getenv("FRESHET_ROUNDS");
    if (text == nullptr) return usual;
    char* end = nullptr;
    const double factor = std::strtod(text, &end);
    if (*end != '\0' || !(factor > 0)) {
        throw std::invalid_argument("FRESHET_ROUNDS is no number above 0: " + std::string(text));
    }
    return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(usual) * factor));
}

}  // namespace freshet::support
