#include "engine/records/expiry.h"

#include <array>
#include <string>
#include <string_view>

#include "engine/text/json.h"

namespace freshet::engine {

namespace {

// The Lambda event and GetRecords' answer spell them differently.
constexpr std::array<std::string_view, 2> type_names = {"type", "Type"};
constexpr std::array<std::string_view, 2> principal_names = {"principalId", "PrincipalId"};

bool has_text(const JsonNode& object, const std::array<std::string_view, 2>& names,
              std::string_view text) {
    for (const std::string_view name : names) {
        const JsonNode* member = object.find(name);
        if (member != nullptr && member->is(JsonType::string)) return member->text() == text;
    }
    return false;
}

}  // namespace

bool is_expiry(const storage::Record& record) {
    if (record.kind() != storage::ChangeKind::remove) return false;
    // Few records say who made the change; the others need not be parsed.
    if (record.envelope().find("userIdentity") == std::string_view::npos) return false;
    const auto envelope = JsonDocument::parse("{" + std::string(record.envelope()) + "}");
    if (!envelope) return false;
    const JsonNode* identity = envelope->root().find("userIdentity");
    return identity != nullptr && has_text(*identity, type_names, "Service") &&
           has_text(*identity, principal_names, "dynamodb.amazonaws.com");
}

}  // namespace freshet::engine
