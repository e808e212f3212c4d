// freshet status: how a running server is doing.
#pragma once

#include "tools/server_access.h"

namespace freshet::tools {

struct StatusOptions {
    ServerAccess server;
    bool json = false;
};

// Returns the exit code: exit_fault as well if the server is there but not ready.
int status(const StatusOptions& options);

}  // namespace freshet::tools
