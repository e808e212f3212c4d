// The text of examples/pizza/freshet.toml, as it was when this was built.
#pragma once

#include <string_view>

namespace freshet::bench {

extern const std::string_view pizza_config;

}  // namespace freshet::bench
