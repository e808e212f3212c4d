// A `where` in the configuration to a pattern: TOML's way of writing what engine/catalog/pattern.h
// says.
//
//     where = { status = ["OPEN", { prefix = "WAIT" }], "$or" = [{ … }, { … }] }
//
// A wrong pattern is noted with its line and never becomes one.
#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/catalog/pattern.h"
#include "engine/config/section.h"

namespace freshet::engine {

// Stands in place of an attribute, before patterns of which one must match.
inline constexpr std::string_view any_of_key = "$or";

// Of one pattern, those inside of `$or` included; each value that anything-but names is one.
inline constexpr std::size_t pattern_entries_max = 300;

// The names on the way to an attribute, and the `$or`s around it. DynamoDB nests 32 levels deep.
inline constexpr std::size_t pattern_levels_max = 64;

// A key with dots is a path, as everywhere: "address.city" stands for address = { city = … }.
// Numbers are taken with all the digits that the file has; where TOML cannot hold them, numeric
// takes them in quotes.
// The number with all the digits that the file has; nothing if the node is none.
std::optional<Decimal> exact_number(const toml::node& node, const Mistakes& mistakes);

// The value as a pattern names it; nothing if it is no string, number or boolean.
std::optional<PatternValue> plain_value(const toml::node& node, const Mistakes& mistakes);

Pattern read_pattern(const toml::table& where, Mistakes& mistakes);

// The section's `where`; one that takes everything if there is none.
Pattern read_where(const Section& section);

}  // namespace freshet::engine
