// How much memory there is, and what of it is taken for what clients ask. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace freshet::http {

struct MemoryBudget {
    std::string_view name;  // a member of /status
    std::size_t bytes = 0;
    std::size_t bytes_max = 0;
};

struct MemoryUse {
    std::uint64_t limit_bytes = 0;    // that the process may have; 0: nobody knows
    std::uint64_t planned_bytes = 0;  // that all may come to have; 0: nobody has counted
    std::vector<MemoryBudget> budgets;
};

}  // namespace freshet::http
