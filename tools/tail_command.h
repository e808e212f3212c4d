// freshet tail: prints what happens on a running server, as it happens, until it is interrupted.
//
// Reconnects for ever once it has been connected, without a gap and without a repetition.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run tail_command(CLI::App& app);

}  // namespace freshet::tools
