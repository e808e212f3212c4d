// The conventions of this tree that a compiler does not check. Pure: text in, complaints out.
//
// CONTRIBUTING.md says what they are; what it says and what is checked here must be the same.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_text.h"

namespace freshet::tidy {

inline constexpr std::size_t columns_max = 100;

// Each as `path:line: what is wrong`.
using Complaints = std::vector<std::string>;

// Of sources (.h and .cc):

// Data flows tools -> http -> engine -> storage, and within a layer from room to room: a source
// includes its own room and those below it (tests/tidy/rooms.h), and of another layer its doors
// only. Nobody includes the `internal/` folder of `storage/` from outside. Quotes are for this
// tree, by the path from its root.
Complaints check_include_direction(const SourceFile& file);

// Every source of the product is in a room.
Complaints check_room(const SourceFile& file);

// Each library is seen by the few files that wrap it.
Complaints check_library_headers(const SourceFile& file);

Complaints check_using_namespace(const SourceFile& file);

// A lambda's captures live in the lambda and not in the coroutine's frame, so a lambda that is a
// coroutine outlives them.
Complaints check_lambda_coroutines(const SourceFile& file);

// A mark for later says of what kind it is.
Complaints check_left_over_marks(const SourceFile& file);

// No tabs, no blanks at the end, lines of at most columns_max (raw strings apart: they are data).
Complaints check_lines(const SourceFile& file);

// A header begins by saying what it is, and has a `#pragma once`.
Complaints check_header_form(const SourceFile& file);

// Of documents (.md):

// Every path in backticks that looks like one of this tree is there: seen from the root, or from
// the document's own folder.
using PathExists = std::function<bool(std::string_view path)>;
Complaints check_named_paths(const SourceFile& file, const PathExists& exists);

}  // namespace freshet::tidy
