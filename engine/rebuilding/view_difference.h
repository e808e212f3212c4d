// What another configuration changes of the lists and totals that a state holds: which items enter
// a list or leave it, which groups of a total come or go.
//
// Lists are compared by where each item's image stands by the one and by the other definition, not
// by their rows: the bytes of places of different definitions say nothing to each other.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/state_contents.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// Of one list, in items, or of one total, in groups.
struct ViewDifference {
    enum class Kind { list, total };

    Kind kind = Kind::list;
    std::string name;
    std::string table;
    bool was_there = false;
    bool is_there = false;
    bool defined_otherwise = false;  // there before and after, by different definitions
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    std::uint64_t entering = 0;
    std::uint64_t leaving = 0;
    std::uint64_t changing = 0;  // items at another place, groups that say something else
    std::vector<std::string> entering_samples;
    std::vector<std::string> leaving_samples;
};

// First those that `catalog` declares, in its order, then those that go.
// Fails with damaged_state or io.
Result<std::vector<ViewDifference>> compare_views(const HeldProjections& held,
                                                  const storage::StateSnapshot& before,
                                                  const Catalog& catalog,
                                                  const storage::StateSnapshot& after);

}  // namespace freshet::engine
