// Words that this tree no longer uses, since each had several meanings or says itself badly.
//
// They cannot all go at once: `tests/tidy/retired_words.txt` says how many each file still holds.
// That number may only become smaller, so no word comes back. docs/glossary.md has the words that
// are used instead.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tests/tidy/checks.h"
#include "tests/tidy/source_text.h"

namespace freshet::tidy {

// By path: how many retired words are left.
using WordsLeft = std::map<std::string, std::size_t, std::less<>>;

// Reads lines of `number path`.
WordsLeft read_words_left(std::string_view text);

// A complaint for each retired word of a file that holds more of them than are left to it; one
// complaint if it holds fewer, since the number is then to be lowered.
Complaints check_retired_words(const SourceFile& file, const WordsLeft& left);

}  // namespace freshet::tidy
