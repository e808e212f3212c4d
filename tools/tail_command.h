// freshet tail: prints what happens on a running server, as it happens, until it is interrupted.
//
// Reconnects for ever once it has been connected, without a gap and without a repetition.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/server_access.h"

namespace freshet::tools {

struct TailOptions {
    ServerAccess server;
    bool records = false;  // the log, rather than events
    std::vector<std::string> types;
    std::vector<std::string> topics;
    std::vector<std::string> tables;
    std::vector<std::string> keys;
    std::string from = "latest";  // or `earliest`, or an id that was printed before
    bool json = false;
    std::uint64_t count = 0;  // after how many to end; 0: never
};

// Returns the exit code.
int tail(const TailOptions& options);

}  // namespace freshet::tools
