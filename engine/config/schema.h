// [table.schema] in the configuration: TOML's way of writing what engine/catalog/schema.h says.
//
// A rule with a mistake is noted with its line, and the rest is read all the same.
#pragma once

#include <optional>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/catalog/schema.h"
#include "engine/config/section.h"

namespace freshet::engine {

// The names on the way to an attribute. DynamoDB nests 32 levels deep.
inline constexpr std::size_t schema_levels_max = 32;

// The section's `schema`; nothing if there is none. `key` is that of its table.
std::optional<Schema> read_schema(const Section& section, const std::vector<KeyPart>& key);

}  // namespace freshet::engine
