#include "engine/config/access.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "engine/access/caller.h"
#include "engine/text/letter_case.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

constexpr std::string_view role_key = "role";
constexpr std::string_view write_key = "write";
constexpr std::string_view claim_begin = "{claims.";

// The words that stand for something else than a role of their own name.
constexpr std::string_view owner_word = "owner";
constexpr std::string_view public_word = "public";
constexpr std::string_view signed_in_word = "signed-in";
constexpr std::string_view everything = "*";

// What is meant by each of our words, and by those that others have for them. `admin` is a role,
// but one that the server knows, so it can be misspelled too.
constexpr std::string_view everybody_meant =
    R"("public", which is everybody, or "signed-in", which is everybody with a credential)";
constexpr auto meanings = std::to_array<std::pair<std::string_view, std::string_view>>({
    {owner_word, R"("owner")"},
    {public_word, R"("public")"},
    {signed_in_word, R"("signed-in")"},
    {admin_role, R"("admin")"},
    {"anonymous", everybody_meant},
    {"anybody", everybody_meant},
    {"anyone", everybody_meant},
    {"authenticated", R"("signed-in")"},
    {"everybody", everybody_meant},
    {"everyone", everybody_meant},
    {"logged-in", R"("signed-in")"},
});
// Too short to be misspelled: a third of their letters is one.
constexpr std::array short_words = std::to_array<std::string_view>({everything, "all", "any"});

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

std::string found(const std::string& word, const AccessScope& scope) {
    return "found " + in_quotes(word) + " in " + std::string(scope.key);
}

// What may have been meant by a word that is none of ours; empty for what looks like a role.
std::string_view meant_by(std::string_view word) {
    const std::string lower = in_lower_case(word);
    if (std::find(short_words.begin(), short_words.end(), lower) != short_words.end()) {
        return everybody_meant;
    }
    std::array<std::string_view, meanings.size()> known;
    std::transform(meanings.begin(), meanings.end(), known.begin(),
                   [](const auto& meaning) { return meaning.first; });
    const auto nearest = nearest_name(lower, known);
    if (!nearest) return {};
    return std::find_if(meanings.begin(), meanings.end(),
                        [&](const auto& meaning) { return meaning.first == *nearest; })
        ->second;
}

void read_owner(AccessEntry& entry, Line line, const AccessScope& scope, Mistakes& mistakes) {
    const std::string what = found(std::string(owner_word), scope);
    if (!scope.owner) {
        mistakes.add(line, what + ", expected the table to name its owner: owner = \"attribute\"");
    } else if (!partitions_by(scope, *scope.owner)) {
        mistakes.add(line, what + ", expected the owner attribute " +
                               in_quotes(scope.owner->text()) +
                               " in by, since a page is admitted as a whole");
    } else {
        entry.parts.push_back({.attribute = *scope.owner, .claim = "sub", .text = {}});
    }
}

void add_doubt(const std::string& word, std::string_view meant, Line line, const AccessScope& scope,
               Mistakes& mistakes) {
    std::string what = found(word, scope) +
                       ", expected a role, \"owner\", \"public\" or \"signed-in\": did you mean " +
                       std::string(meant) + '?';
    if (word != everything) {
        what += " A role of that name is written { role = " + in_quotes(word) + " }";
    }
    mistakes.add(line, std::move(what));
}

// Takes an entry in that is one word: of ours, or a role.
void read_word(AccessEntry& entry, const std::string& word, Line line, const AccessScope& scope,
               Mistakes& mistakes) {
    if (word == signed_in_word) return;
    if (word == owner_word) return read_owner(entry, line, scope, mistakes);
    if (word == public_word && scope.key == write_key) {
        mistakes.add(line, found(word, scope) +
                               ", expected who may write, such as \"signed-in\": nothing is "
                               "written without a credential");
        return;
    }
    if (word == public_word) {
        entry.is_public = true;
        return;
    }
    const std::string_view meant = word == admin_role ? std::string_view() : meant_by(word);
    if (!meant.empty()) return add_doubt(word, meant, line, scope, mistakes);
    entry.role = word;
}

// Takes in the role of a table, which may be called almost like a word of ours. `owner` is that of
// the item.
void read_role(AccessEntry& entry, const std::string& role, Line line, const AccessScope& scope,
               Mistakes& mistakes) {
    if (role == owner_word) return read_owner(entry, line, scope, mistakes);
    if (role == public_word || role == signed_in_word || role == everything) {
        mistakes.add(line, found(role, scope) + " as a role, expected the name of a role: " +
                               (role == everything ? "a star is none"
                                                   : in_quotes(role) + " is an entry by itself"));
    } else {
        entry.role = role;
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
        mistakes.add(line, "found the attribute " + in_quotes(attribute) + " in " +
                               std::string(scope.key) +
                               ", expected one that is in by, since a page is admitted "
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
                                         " in " + std::string(scope.key) +
                                         ", expected a claim that says whose the token "
                                         "is: this one is of the token itself, and is compared "
                                         "with nothing");
        return;
    }
    if (text == nullptr || text->get().empty() || !is_claim_or_text(text->get())) {
        mistakes.add(line_of(value), "found " + description_of(value) + " for " + attribute +
                                         " in " + std::string(scope.key) +
                                         ", expected a string or \"{claims.NAME}\"");
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
    const auto* word = node.as_string();
    const auto* parts = node.as_table();
    const bool empty =
        (word != nullptr && word->get().empty()) || (parts != nullptr && parts->empty());
    if (empty || (word == nullptr && parts == nullptr)) {
        mistakes.add(line_of(node), "found " + description_of(node) + " in " +
                                        std::string(scope.key) +
                                        ", expected a role, \"owner\", \"public\", \"signed-in\", "
                                        "or a table of role and attributes");
        return entry;
    }
    if (word != nullptr) {
        read_word(entry, word->get(), line_of(node), scope, mistakes);
        return entry;
    }
    for (const auto& [key, value] : *parts) read_part(entry, key, value, scope, mistakes);
    return entry;
}

}  // namespace

Access read_access(const Section& section, const AccessScope& scope) {
    const toml::node* node = section.find(scope.key);
    if (node == nullptr) return {AccessEntry{.role = std::string(admin_role), .parts = {}}};

    Access access;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->empty()) {
        section.mistakes().add(line_of(*node), "found " + description_of(*node) + " for " +
                                                   std::string(scope.key) +
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
