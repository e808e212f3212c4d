// Values as bytes whose order is the order of the values.
//
// Used for item keys and for the places of list rows: RocksDB keeps keys in byte order, so a page
// of a list is a range. Each encoding ends itself: no encoding is a prefix of another, so parts
// can be put one after the other and compare part by part.
//
//     NULL < BOOL < number < string < binary < (a missing value, in both directions)
//
// Descending parts are the ascending bytes inverted, but for the missing value, which stays last.
// Sort parts longer than 1 KiB are cut to their first 1 KiB; key parts never are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/values/decimal.h"
#include "storage/image.h"

namespace freshet::engine {

inline constexpr std::size_t sort_bytes_max = 1'024;

// Whole values, for keys and partitions: injective, self-delimiting, order-preserving.
void append_ordered_text(std::string& bytes, std::string_view text);
void append_ordered_binary(std::string& bytes, std::string_view binary);
void append_ordered_number(std::string& bytes, const Decimal& number);

// Takes what append_ordered_text() appended off the front of `bytes` and returns the text; nothing,
// with `bytes` as they were, if they begin with no such text. Likewise for the others.
std::optional<std::string> take_ordered_text(std::string_view& bytes);
std::optional<std::string> take_ordered_binary(std::string_view& bytes);
std::optional<Decimal> take_ordered_number(std::string_view& bytes);

enum class Direction { ascending, descending };

// One part of a sort place. Sets, lists, maps and nothing at all count as missing.
void append_sort_part(std::string& bytes, std::optional<storage::ValueView> value,
                      Direction direction);

// The sort part of a string and of a number that stand in no image: for the bounds of a range.
void append_sort_text(std::string& bytes, std::string_view text, Direction direction);
void append_sort_number(std::string& bytes, const Decimal& number, Direction direction);

// The byte with which the sort parts of all strings begin, and that of all numbers.
char sort_tag_of_strings(Direction direction);
char sort_tag_of_numbers(Direction direction);

// The whole sort part of a missing value, in both directions. No other begins with this byte.
inline constexpr char sort_tag_missing = '\xFF';

}  // namespace freshet::engine
