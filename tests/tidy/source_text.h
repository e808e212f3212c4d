// A source file as the tidy checks look at it: its code without comments and literals, its
// comments without code, and its blocks.
//
// It reads C++ by its brackets and quotes only. That is enough for the conventions that are
// checked, and needs no compiler.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::tidy {

// A file of the tree.
struct SourceFile {
    std::string path;  // from the root of the tree: `engine/values/decimal.h`
    std::string text;
};

// The text in three parts. Each has every line break where it was, and blanks where another part
// has characters.
struct SourceParts {
    std::string code;      // comments, preprocessor lines and the inside of literals are blank
    std::string comments;  // everything but comments is blank
    std::string unquoted;  // the inside of raw string literals is left out
};

SourceParts split_source(std::string_view text);

std::vector<std::string> lines_of(std::string_view text);

// The line, counted from 1, in which a character stands.
std::size_t line_at(std::string_view text, std::size_t offset);

// The offset of the bracket that closes the one at `open`, or npos.
std::size_t matching_bracket(std::string_view code, std::size_t open);

// `{ … }` and what stands before it, back to the end of the statement before.
struct Block {
    std::string head;
    std::size_t open = 0;  // offsets of the two braces
    std::size_t close = 0;

    [[nodiscard]] bool is_namespace() const;
    [[nodiscard]] bool is_function() const;  // its body, or that of a lambda at namespace scope
};

// The blocks at the scope of namespaces and types: functions are not looked into.
std::vector<Block> outer_blocks(std::string_view code);

}  // namespace freshet::tidy
