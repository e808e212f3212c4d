// freshet put, patch, update and delete: write one item of a running server.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run put_command(CLI::App& app);
Run patch_command(CLI::App& app);
Run update_command(CLI::App& app);
Run delete_command(CLI::App& app);
Run transact_command(CLI::App& app);

}  // namespace freshet::tools
