// A pattern as JSON, as EventBridge and Lambda have it, to one that can be asked.
//
//     {"status":["NEW",{"prefix":"WAIT"}],"total":[{"numeric":[">",0]}]}
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/catalog/pattern.h"
#include "engine/records/body_faults.h"
#include "engine/text/fault.h"
#include "engine/text/json.h"
#include "storage/result.h"

namespace freshet::engine {

// All writers wait while a condition is asked. Each value that anything-but names is an entry.
inline constexpr std::size_t condition_entries_max = 20;
// With all that its operators consist of.
inline constexpr std::size_t condition_nodes_max = 1000;

using PatternOr = tl::expected<Pattern, std::vector<Fault>>;

// Reads the node of a body, which is at that place; nothing if there is a fault in it. `name` is
// what its writer calls it.
std::optional<Pattern> read_pattern(const JsonNode& json, std::string_view name, Faults& faults,
                                    const Place& place);

// Reads a text of its own; or each fault of it, with its pointer.
// Fails with malformed  if the text is not JSON.
Result<PatternOr> read_pattern_json(std::string json, std::string_view name);

}  // namespace freshet::engine
