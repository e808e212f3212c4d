// A [[function]] of the configuration.
#pragma once

#include <toml++/toml.h>

#include <memory>
#include <string_view>
#include <vector>

#include "engine/catalog/function.h"
#include "engine/config/section.h"
#include "engine/config/table.h"

namespace freshet::engine {

// `file` is the configuration's: paths are relative to its folder.
Function read_function(const toml::table& source, std::string_view file,
                       const std::vector<std::unique_ptr<Table>>& tables, Names& names,
                       Mistakes& mistakes);

}  // namespace freshet::engine
