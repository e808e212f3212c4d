#include "engine/version.h"

namespace freshet::engine {

std::string_view version() {
    return FRESHET_VERSION;
}

}  // namespace freshet::engine
