// freshet status: how a running server is doing.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run status_command(CLI::App& app);

}  // namespace freshet::tools
