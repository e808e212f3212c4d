// `freshet adopt`: lets a table take records of one more stream.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run adopt_command(CLI::App& app);

}  // namespace freshet::tools
