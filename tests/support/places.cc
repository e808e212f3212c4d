#include "tests/support/places.h"

namespace freshet::support {

const std::string& source_folder() {
    static const std::string path = FRESHET_SOURCE_DIR;
    return path;
}

const std::string& freshet_program() {
    static const std::string path = FRESHET_BINARY;
    return path;
}

const std::string& freshet_bench_program() {
    static const std::string path = FRESHET_BENCH_BINARY;
    return path;
}

const std::string& pizza_shop_program() {
    static const std::string path = PIZZA_SHOP;
    return path;
}

}  // namespace freshet::support
