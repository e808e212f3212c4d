// The configuration of the servers that are measured: one thread of connections, any free port, and
// all that examples/pizza declares; where orders expire, a view and a list of them; and functions.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace freshet::bench {

inline constexpr unsigned function_batch = 100;  // records

// A function of the table, which takes them from the oldest on.
struct FunctionOptions {
    std::string name;
    std::uint16_t port = 0;  // of 127.0.0.1
    unsigned lanes = 1;      // parallelization_factor
};

struct TableOptions {
    bool is_direct = false;  // whether it takes direct writes, rather than records
    bool expires = false;    // whether its orders do
    std::vector<FunctionOptions> functions = {};
};

// `storage` are more lines of [storage], and `limits` those of [limits].
std::string server_config(const std::vector<std::string>& storage,
                          const std::vector<std::string>& limits = {},
                          const TableOptions& table = {});

}  // namespace freshet::bench
