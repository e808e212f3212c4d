// freshet append: sends the records of a file, or of standard input, to a running server.
#pragma once

#include <chrono>
#include <string>

#include "tools/server_access.h"

namespace freshet::tools {

struct AppendOptions {
    ServerAccess server;
    std::string file;                  // `-` for standard input
    std::string table;                 // empty: as each record says
    std::chrono::seconds timeout{60};  // without progress
    bool json = false;
};

// Returns the exit code.
int append(const AppendOptions& options);

}  // namespace freshet::tools
