// The configuration of the servers that are measured: one thread of connections, any free port, and
// all that examples/pizza declares.
//
// Threads: pure.
#pragma once

#include <string>
#include <vector>

namespace freshet::bench {

// `storage` are more lines of [storage], and `limits` those of [limits]. The table takes records,
// or direct writes.
std::string server_config(const std::vector<std::string>& storage,
                          const std::vector<std::string>& limits = {}, bool is_direct = false);

}  // namespace freshet::bench
