// Where the rows of a page stand: ranges of places, to be read one after the other.
//
//     list's order      all rows, forwards
//     the other order   the rows that have the first sort attribute, backwards; then, backwards
//                       too, those that lack it: these come last in either order
//     since, until      a range of numbers and one of strings; each is sought, never filtered
//
// Invariants
//   - No two ranges overlap, so no row is read twice and a place is in at most one.
//
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/views/read_point.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

struct PageRanges {
    std::vector<storage::RowRange> ranges;                // in the order of reading; none overlap
    storage::RowOrder order = storage::RowOrder::rising;  // inside of each
};

// The ranges that a request without a cursor reads, in the partition whose places begin with
// `prefix`. Fails with refused  if there are bounds and the list has no `sort`.
Result<PageRanges> page_ranges(const ListView& list, const PageRequest& request,
                               const std::string& prefix);

// Leaves out what is read before `place`, and that place itself. A place that is in none of the
// ranges leaves nothing.
void go_on_after(PageRanges& read, std::string_view place);

// The order and the bounds, as bytes that differ where they do.
std::string reading_of(const ListView& list, const PageRequest& request);

}  // namespace freshet::engine
