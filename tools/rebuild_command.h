// freshet rebuild: folds the whole log anew, while the server is stopped; in place of the state, to
// check it, or to see what a changed configuration would change.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run rebuild_command(CLI::App& app);

}  // namespace freshet::tools
