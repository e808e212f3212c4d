// A `where` in the configuration to a pattern.
#pragma once

#include <toml++/toml.h>

#include "engine/internal/config_section.h"
#include "engine/pattern.h"

namespace freshet::engine {

// A key with dots is a path, as everywhere: "address.city" stands for address = { city = … }.
Pattern read_pattern(const toml::table& where, Mistakes& mistakes);

}  // namespace freshet::engine
