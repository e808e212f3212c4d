// freshet import: sends the items of an export of a DynamoDB table, as imports, to a running
// server. That is how a table is begun with that is older than its stream.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run import_command(CLI::App& app);

}  // namespace freshet::tools
