// JSON cut into the texts of its parts, for tests that compare what is sent byte by byte, and a
// JSON Patch (RFC 6902) applied to such a text. Shares nothing with the engine.
//
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::support {

// The elements of an array, each as it is written. Throws if it is none.
std::vector<std::string> raw_elements(std::string_view array);

// The members of an object, in their order, each with its value as it is written. Throws if it is
// none.
using RawMembers = std::vector<std::pair<std::string, std::string>>;
RawMembers raw_members(std::string_view object);
// The value of that name; nothing if there is none.
std::optional<std::string> raw_member(const RawMembers& members, std::string_view name);

// The document after the operations `add`, `remove` and `replace` of the patch. Throws if one of
// them cannot be applied.
std::string patched(std::string document, std::string_view patch);

}  // namespace freshet::support
