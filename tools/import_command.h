// freshet import: sends the items of an export of a DynamoDB table, as imports, to a running
// server. That is how a table is begun with that is older than its stream.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/server_access.h"

namespace freshet::tools {

struct ImportOptions {
    ServerAccess server;
    std::vector<std::string> paths;  // data files, folders of exports; `-` for standard input
    std::string table;
    std::chrono::seconds timeout{60};  // without progress
    bool json = false;
};

// Returns the exit code.
int import_items(const ImportOptions& options);

}  // namespace freshet::tools
