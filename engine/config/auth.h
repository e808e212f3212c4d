// Credentials that are believed: `[auth]` in the configuration.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "engine/config/section.h"

namespace freshet::engine {

// `file` is the configuration's own name: key files are relative to its folder. They are not read
// here, so that a configuration means the same wherever it is read.
// `tables` are those of the file, which the rights of machines speak of.
AuthSettings read_auth(const toml::table& source, std::string_view file,
                       const std::vector<std::unique_ptr<Table>>& tables, Mistakes& mistakes);

}  // namespace freshet::engine
