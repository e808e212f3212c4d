// The configuration of the servers that are measured: one thread of connections, any free port, and
// all that examples/pizza declares; where orders expire, a view and a list of them.
//
// Threads: pure.
#pragma once

#include <string>
#include <vector>

namespace freshet::bench {

struct TableOptions {
    bool is_direct = false;  // whether it takes direct writes, rather than records
    bool expires = false;    // whether its orders do
};

// `storage` are more lines of [storage], and `limits` those of [limits].
std::string server_config(const std::vector<std::string>& storage,
                          const std::vector<std::string>& limits = {}, TableOptions table = {});

}  // namespace freshet::bench
