// freshet keygen: makes a key for [auth], in a file that nobody else can read.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run keygen_command(CLI::App& app);

}  // namespace freshet::tools
