// A pattern as JSON, as EventBridge and Lambda have it, to one that can be asked.
//
//     {"status":["NEW",{"prefix":"WAIT"}],"total":[{"numeric":[">",0]}]}
//
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/catalog/pattern.h"
#include "engine/text/fault.h"
#include "storage/result.h"

namespace freshet::engine {

using PatternOr = tl::expected<Pattern, std::vector<Fault>>;

// Reads the pattern; or each fault of it, with its pointer. `name` is what its writer calls it.
// Fails with malformed  if the text is not JSON.
Result<PatternOr> read_pattern_json(std::string json, std::string_view name);

}  // namespace freshet::engine
