#include "tools/json_members.h"

#include <charconv>

namespace freshet::tools {

using engine::JsonNode;
using engine::JsonType;

namespace {

const JsonNode* member(const JsonNode& object, std::string_view name, JsonType type) {
    const JsonNode* found = object.find(name);
    return found != nullptr && found->is(type) ? found : nullptr;
}

}  // namespace

std::optional<std::uint64_t> number_member(const JsonNode& object, std::string_view name) {
    const JsonNode* found = member(object, name, JsonType::number);
    if (found == nullptr) return std::nullopt;
    const std::string_view digits = found->text();
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (parsed.ec != std::errc()) return std::nullopt;
    return number;
}

std::optional<std::string_view> text_member(const JsonNode& object, std::string_view name) {
    const JsonNode* found = member(object, name, JsonType::string);
    if (found == nullptr) return std::nullopt;
    return found->text();
}

std::optional<bool> truth_member(const JsonNode& object, std::string_view name) {
    const JsonNode* found = member(object, name, JsonType::boolean);
    if (found == nullptr) return std::nullopt;
    return found->truth();
}

const JsonNode* object_member(const JsonNode& object, std::string_view name) {
    return member(object, name, JsonType::object);
}

}  // namespace freshet::tools
