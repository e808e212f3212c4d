// Members of a JSON object that somebody else wrote, so that any of them may be missing or of
// another type: then there is nothing, rather than a fault.
//
// Pure; the texts live as long as the document.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/text/json.h"

namespace freshet::tools {

std::optional<std::uint64_t> number_member(const engine::JsonNode& object, std::string_view name);
std::optional<std::string_view> text_member(const engine::JsonNode& object, std::string_view name);
std::optional<bool> truth_member(const engine::JsonNode& object, std::string_view name);

// The member, if it is an object; else null.
const engine::JsonNode* object_member(const engine::JsonNode& object, std::string_view name);

}  // namespace freshet::tools
