// In what two states of the same catalog differ: what stands in one is compared with what ought to,
// byte by byte, whatever it is.
//
// Left out are the checkpoints: both states are to be of the same position.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

inline constexpr std::size_t samples_max = 5;  // of each difference that is told

// Of one table's items, one list's or total's rows, or of the facts.
struct StateDifference {
    std::string part;  // such as `list my-orders`
    std::uint64_t missing = 0;
    std::uint64_t surplus = 0;
    std::uint64_t other = 0;           // there, with other bytes
    std::vector<std::string> samples;  // such as `missing: "7c9e6679"`
};

struct StateComparison {
    std::vector<StateDifference> differences;  // none: they are the same
    std::uint64_t items = 0;                   // that ought to stand there; removed ones as well
    std::uint64_t rows = 0;
};

// Fails with damaged_state or io.
Result<StateComparison> compare_states(const Catalog& catalog, const storage::StateSnapshot& found,
                                       const storage::StateSnapshot& expected);

}  // namespace freshet::engine
