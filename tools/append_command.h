// freshet append: sends the records of a file, or of standard input, to a running server.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run append_command(CLI::App& app);

}  // namespace freshet::tools
