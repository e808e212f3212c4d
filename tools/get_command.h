// freshet get: prints one item, or pages of a list, of a running server.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run get_command(CLI::App& app);

}  // namespace freshet::tools
