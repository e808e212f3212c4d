// freshet get: prints one item, or pages of a list, of a running server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/server_access.h"

namespace freshet::tools {

struct GetOptions {
    ServerAccess server;
    std::string view;
    std::vector<std::string> key;  // of the item, or of the list's partition
    std::optional<std::uint64_t> limit;
    std::optional<std::string> order;  // asc or desc
    std::optional<std::string> since;
    std::optional<std::string> until;
    std::string cursor;
    std::optional<std::uint64_t> min_position;
    bool all = false;  // every page of a list, one item a line
};

// Returns the exit code.
int get(const GetOptions& options);

}  // namespace freshet::tools
