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
#include "engine/catalog/pattern_reader.h"
#include "engine/config/section.h"

namespace freshet::engine {

// The number with all the digits that the file has; nothing if the node is none.
std::optional<Decimal> exact_number(const toml::node& node, const Mistakes& mistakes);

// The value as a pattern names it; nothing if it is no string, number or boolean.
std::optional<PatternValue> plain_value(const toml::node& node, const Mistakes& mistakes);

// Numbers are taken with all the digits that the file has; where TOML cannot hold them, numeric
// takes them in quotes.
// `name` is the key that the file has it under.
Pattern read_pattern(const toml::table& where, Mistakes& mistakes, std::string_view name = "where");

// The section's `where`; one that takes everything if there is none.
Pattern read_where(const Section& section);

}  // namespace freshet::engine
