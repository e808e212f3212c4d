// A text that somebody else chose, as a line of the log or a terminal may show it.
//
//     ann, role admin<LF>        ->  "ann, role admin\n"
//     <ESC>[2J, <U+202E>nimda    ->  "\u001b[2J, \u202enimda"
//     ten thousand letters a     ->  "aaaaaa"…
//
// Invariants
//   - What comes out is UTF-8 on one line, and every character in it is seen for what it is. Those
//     that end a line, steer a terminal, turn the direction of the text around or take no room are
//     escaped as in JSON, and so is a byte that is not UTF-8, by \ufffd.
//   - A quoted text cannot imitate what stands around it: it ends at its closing quote, and the
//     mark of one that was cut stands behind that.
//
// Threads: pure; any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::engine {

// What one field of a line has room for: the longest name in use, and the same bound for all.
inline constexpr std::size_t shown_bytes_max = 256;

// In quotes, as a string of JSON. What does not fit into `bytes_max` bytes between the quotes, as
// they are written, is left out from a whole character on, and `…` behind the quotes says so.
std::string quoted_text(std::string_view text, std::size_t bytes_max = shown_bytes_max);

// A sentence that holds such texts: without quotes of its own, with its quotes and backslashes as
// they are. One that does not fit ends with `…`.
std::string shown_text(std::string_view text, std::size_t bytes_max = std::string_view::npos);

// Appends the text as a string of JSON, whole: for JSON that people read in a terminal.
void append_quoted(std::string& json, std::string_view text);

// One word of a command line that a person may paste into a shell: as it is if nothing in it means
// anything to a shell, or in single quotes.
std::string shell_word(std::string_view text);

}  // namespace freshet::engine
