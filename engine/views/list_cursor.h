// A cursor: where the page before ended, and what it was a page of.
//
// It is the fingerprint of the list or total, a hash of what was asked for, the place of the last
// row that was shown, and a hash over all of these: so that a cursor cut short in a mail is told
// from one that never was. It holds no rights and no position: whoever has it may read what they
// may anyway.
//
// Invariants
//   - The place is one of the partition that the cursor is for. A cursor that comes back is the
//     client's word: what is wrong with it is an error.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace freshet::engine {

// What the pages that a cursor joins have in common.
struct CursorScope {
    std::string name;  // of the list or total
    std::uint64_t fingerprint = 0;
    std::string prefix;   // of every place in the partition
    std::string reading;  // the order and the bounds, as bytes that differ where they do
};

std::string write_cursor(const CursorScope& scope, std::string_view last_place);

// The place of the last row that was shown.
// Fails with malformed  if the cursor is none of ours, or of another partition or reading;
//            gone       if it is of another view or of an earlier definition of this one.
Result<std::string> read_cursor(const CursorScope& scope, std::string_view cursor);

}  // namespace freshet::engine
