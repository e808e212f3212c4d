#include "engine/config/access.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "engine/access/caller.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

constexpr std::string_view role_key = "role";
constexpr std::string_view owner_role = "owner";
constexpr std::string_view claim_begin = "{claims.";

bool has_braces(std::string_view text) {
    return text.find_first_of("{}") != std::string_view::npos;
}

// The name in `{claims.NAME}`; empty for any other text.
std::string claim_of(std::string_view text) {
    if (!text.starts_with(claim_begin) || !text.ends_with('}')) return {};
    text.remove_prefix(claim_begin.size());
    text.remove_suffix(1);
    return has_braces(text) ? std::string() : std::string(text);
}

// Whether an attribute can be compared with it: a text without braces, or `{claims.NAME}`.
bool is_claim_or_text(std::string_view text) {
    return !has_braces(text) || !claim_of(text).empty();
}

bool partitions_by(const AccessScope& scope, const AttributePath& path) {
    return scope.by == nullptr ||
           std::find(scope.by->begin(), scope.by->end(), path) != scope.by->end();
}

// Takes a role in; `owner` is that of the item.
void read_role(AccessEntry& entry, const std::string& role, Line line, const AccessScope& scope,
               Mistakes& mistakes) {
    if (role != owner_role) {
        entry.role = role;
    } else if (!scope.owner) {
        mistakes.add(line,
                     "found \"owner\" in access, expected the table to name its owner: "
                     "owner = \"attribute\"");
    } else if (!partitions_by(scope, *scope.owner)) {
        mistakes.add(line, "found \"owner\" in access, expected the owner attribute " +
                               in_quotes(scope.owner->text()) +
                               " in by, since a page is admitted as a whole");
    } else {
        entry.parts.push_back({.attribute = *scope.owner, .claim = "sub", .text = {}});
    }
}

void read_attribute(AccessEntry& entry, const std::string& attribute, const std::string& text,
                    Line line, const AccessScope& scope, Mistakes& mistakes) {
    const auto path = AttributePath::parse(attribute);
    if (!path) {
        mistakes.add(line, path.error().message);
    } else if (partitions_by(scope, *path)) {
        const std::string claim = claim_of(text);
        entry.parts.push_back({*path, claim, claim.empty() ? text : ""});
    } else {
        std::vector<std::string_view> known = {role_key};
        for (const AttributePath& by : *scope.by) known.emplace_back(by.text());
        const auto nearest = nearest_name(attribute, known);
        mistakes.add(line, "found the attribute " + in_quotes(attribute) +
                               " in access, expected one that is in by, since a page is admitted "
                               "as a whole" +
                               (nearest ? ": did you mean " + in_quotes(*nearest) + "?" : ""));
    }
}

void read_part(AccessEntry& entry, const toml::key& key, const toml::node& value,
               const AccessScope& scope, Mistakes& mistakes) {
    const std::string attribute(key.str());
    const auto* text = value.as_string();
    if (text != nullptr && is_of_token(claim_of(text->get()))) {
        mistakes.add(line_of(value), "found " + in_quotes(text->get()) + " for " + attribute +
                                         " in access, expected a claim that says whose the token "
                                         "is: this one is of the token itself, and is compared "
                                         "with nothing");
        return;
    }
    if (text == nullptr || text->get().empty() || !is_claim_or_text(text->get())) {
        mistakes.add(line_of(value), "found " + description_of(value) + " for " + attribute +
                                         " in access, expected a string or \"{claims.NAME}\"");
        return;
    }
    if (attribute == role_key) {
        read_role(entry, text->get(), line_of(value), scope, mistakes);
    } else {
        read_attribute(entry, attribute, text->get(), line_of(value), scope, mistakes);
    }
}

AccessEntry read_entry(const toml::node& node, const AccessScope& scope, Mistakes& mistakes) {
    AccessEntry entry;
    const auto* role = node.as_string();
    const auto* parts = node.as_table();
    const bool empty =
        (role != nullptr && role->get().empty()) || (parts != nullptr && parts->empty());
    if (empty || (role == nullptr && parts == nullptr)) {
        mistakes.add(line_of(node), "found " + description_of(node) +
                                        " in access, expected a role, \"owner\", or a table of "
                                        "role and attributes");
        return entry;
    }
    if (role != nullptr) {
        read_role(entry, role->get(), line_of(node), scope, mistakes);
        return entry;
    }
    for (const auto& [key, value] : *parts) read_part(entry, key, value, scope, mistakes);
    return entry;
}

}  // namespace

Access read_access(const Section& section, const AccessScope& scope, std::string_view key) {
    const toml::node* node = section.find(key);
    if (node == nullptr) return {AccessEntry{.role = std::string(admin_role), .parts = {}}};

    Access access;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->empty()) {
        section.mistakes().add(line_of(*node), "found " + description_of(*node) + " for " +
                                                   std::string(key) +
                                                   ", expected an array of at least "
                                                   "one entry, such as [\"owner\"]");
        return access;
    }
    for (const toml::node& entry : *array) {
        access.push_back(read_entry(entry, scope, section.mistakes()));
    }
    return access;
}

}  // namespace freshet::engine
