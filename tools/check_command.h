// freshet check: reads a configuration and says what it declares, or what is wrong with it.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run check_command(CLI::App& app);

}  // namespace freshet::tools
