// `freshet revoke`: ends tokens before they expire.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run revoke_command(CLI::App& app);

}  // namespace freshet::tools
