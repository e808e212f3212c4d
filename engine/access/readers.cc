#include "engine/access/readers.h"

#include <algorithm>

#include "engine/access/caller.h"
#include "engine/access/grants.h"

namespace freshet::engine {

namespace {

constexpr const char* admins = "admins";
constexpr const char* signed_in = "everybody who is signed in";

// What the part asks of a caller: `who owns the item (creator)`, `whose claim tenant is the
// item's`.
std::string condition_of(const AccessPart& part, const std::optional<AttributePath>& owner) {
    const std::string attribute = part.attribute.text();
    if (part.claim.empty()) return "where its " + attribute + " is \"" + part.text + '"';
    if (part.claim == "sub" && part.attribute == owner) {
        return "who owns the item (" + attribute + ')';
    }
    if (part.claim == attribute) return "whose claim " + part.claim + " is the item's";
    return "whose claim " + part.claim + " is the item's " + attribute;
}

// Whether it asks anything of a caller besides a credential.
bool asks_of_caller(const AccessEntry& entry) {
    return !entry.role.empty() ||
           std::any_of(entry.parts.begin(), entry.parts.end(),
                       [](const AccessPart& part) { return !part.claim.empty(); });
}

std::string readers_of(const AccessEntry& entry, const std::optional<AttributePath>& owner) {
    std::string text = "role " + entry.role;
    if (entry.role.empty()) text = asks_of_caller(entry) ? "anyone" : signed_in;
    for (const AccessPart& part : entry.parts) {
        text += &part == entry.parts.data() ? " " : " and ";
        text += condition_of(part, owner);
    }
    return text;
}

bool is_for_admins(const AccessEntry& entry) {
    return entry.role == admin_role;
}

}  // namespace

std::string readers_of(const Access& access, const std::optional<AttributePath>& owner) {
    if (is_public(access)) return "everybody";
    std::string text;
    for (const AccessEntry& entry : access) {
        if (entry.role.empty() && entry.parts.empty()) return signed_in;
        // They are named at the end, whatever else is asked of them here.
        if (is_for_admins(entry)) continue;
        text += readers_of(entry, owner) + "; ";
    }
    return text.append(admins);
}

}  // namespace freshet::engine
