// How much text there is: words, characters, pieces.
//
// One pass, sixteen bytes at a time where the text is ASCII (engine/text/byte_block.h), so that a
// long text stops nobody: bench/derive_bench.cc says what a byte costs.
//
// Pure functions of the bytes they see, callable from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace freshet::engine {

// Runs of what is not whitespace, which is what Unicode calls so. Bytes that are not UTF-8 are not
// whitespace.
std::size_t count_words(std::string_view text);

// Unicode code points: every byte that does not continue a character begins one.
std::size_t count_characters(std::string_view text);

// The pieces between the separators, empty ones included. `separator` is not empty.
std::size_t count_pieces(std::string_view text, std::string_view separator);

}  // namespace freshet::engine
