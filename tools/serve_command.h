// freshet serve: opens the data folder and answers requests until it is told to stop.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run serve_command(CLI::App& app);

}  // namespace freshet::tools
