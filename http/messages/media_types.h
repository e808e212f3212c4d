// The types of bodies with items (the registry's names, but for that of DynamoDB).
#pragma once

#include <string_view>

namespace freshet::http {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view merge_patch_type = "application/merge-patch+json";  // RFC 7396
inline constexpr std::string_view typed_json_type = "application/x-amz-json-1.0";

}  // namespace freshet::http
