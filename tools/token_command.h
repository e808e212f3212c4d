// freshet token: signs a token, without a server.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run token_command(CLI::App& app);

}  // namespace freshet::tools
