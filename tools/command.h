// One command of the program. The table in freshet.cc has a row for each.
//
//     NAME_command(app)  adds the command's options and its footer to `app`, and returns what runs
//                        once the command line has been read
//
// The options belong to what is returned. Nothing runs while the command line is read.
//
// Threads: belongs to one thread.
#pragma once

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): as CLI11 has it
class App;
}

namespace freshet::tools {

// Does what the command is for, with the options that were read. Returns the exit code.
using Run = std::function<int()>;

struct Command {
    const char* name;
    const char* summary;
    Run (*prepare)(CLI::App& app);
};

}  // namespace freshet::tools
