// freshet parked: the records that a function has not taken: seen, edited, handed over again, or
// dropped. And those that were sent and could not be understood: seen, or dropped.
#pragma once

#include "tools/command.h"

namespace freshet::tools {

Run parked_command(CLI::App& app);

}  // namespace freshet::tools
