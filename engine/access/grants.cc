#include "engine/access/grants.h"

#include <algorithm>
#include <cstddef>

#include "engine/values/value_text.h"

namespace freshet::engine {

namespace {

template <class Range, class Predicate>
bool any_of(const Range& range, Predicate predicate) {
    return std::any_of(range.begin(), range.end(), predicate);
}

bool has_role(const Caller& caller, std::string_view role) {
    return any_of(caller.roles, [role](const std::string& name) { return name == role; });
}

// Whether no grants narrow the caller, or one of them has the right and is as `fits` says.
template <class Fits>
bool has_grant(const Caller& caller, Right right, Fits fits) {
    if (!caller.grants) return true;
    return any_of(*caller.grants,
                  [&](const Grant& grant) { return grant.right == right && fits(grant); });
}

bool is_granted(const Caller& caller, Right right, std::string_view name) {
    return has_grant(caller, right, [name](const Grant& grant) { return grant.covers(name); });
}

bool is_granted_at_all(const Caller& caller, Right right) {
    return has_grant(caller, right, [](const Grant&) { return true; });
}

bool has_claim(const Caller& caller, const std::string& name, std::string_view text) {
    if (name == "sub") return caller.subject == text;
    if (name == "role") return has_role(caller, text);
    const auto claim = caller.claims.find(name);
    return claim != caller.claims.end() &&
           any_of(claim->second, [text](const std::string& value) { return value == text; });
}

bool holds(const AccessPart& part, const Caller& caller, const std::optional<std::string>& text) {
    if (!text || text->empty()) return false;
    return part.claim.empty() ? part.text == *text : has_claim(caller, part.claim, *text);
}

// Whether the caller fulfils what the entry asks for besides its parts.
bool is_for(const AccessEntry& entry, const Caller& caller) {
    if (entry.is_public) return true;
    return !caller.is_anonymous && (entry.role.empty() || has_role(caller, entry.role));
}

// `texts` are those of the parts of all entries.
bool allows(const Access& access, const Caller& caller, const AccessTexts& texts) {
    if (is_admin(caller)) return true;
    std::size_t begin = 0;
    for (const AccessEntry& entry : access) {
        bool all = is_for(entry, caller);
        for (std::size_t i = 0; i < entry.parts.size(); ++i) {
            all = all && holds(entry.parts[i], caller, texts.at(begin + i));
        }
        if (all) return true;
        begin += entry.parts.size();
    }
    return false;
}

// Whether there is anything that the part can be compared with.
bool can_hold(const AccessPart& part, const Caller& caller) {
    if (part.claim.empty()) return true;
    if (part.claim == "sub") return !caller.subject.empty();
    if (part.claim == "role") return !caller.roles.empty();
    return caller.claims.contains(part.claim);
}

// Whether the entry may hold of some attributes.
bool can_hold(const AccessEntry& entry, const Caller& caller) {
    return is_for(entry, caller) &&
           std::all_of(entry.parts.begin(), entry.parts.end(),
                       [&](const AccessPart& part) { return can_hold(part, caller); });
}

bool asks_for_derived(const AccessEntry& entry, const SeenImage& image) {
    return any_of(entry.parts,
                  [&](const AccessPart& part) { return image.derives(part.attribute); });
}

Clearance clearance(const Access& access, const Caller& caller) {
    if (is_admin(caller)) return Clearance::always;
    Clearance best = Clearance::never;
    for (const AccessEntry& entry : access) {
        if (!can_hold(entry, caller)) continue;
        if (entry.parts.empty()) return Clearance::always;
        best = Clearance::by_attributes;
    }
    return best;
}

// Whether the parts of the entry hold that ask for stored attributes, or those for derived ones.
bool parts_hold(const AccessEntry& entry, const Caller& caller, const SeenImage& image,
                bool derived) {
    return std::all_of(entry.parts.begin(), entry.parts.end(), [&](const AccessPart& part) {
        return image.derives(part.attribute) != derived ||
               holds(part, caller, value_text(image.find(part.attribute)));
    });
}

bool allows(const Access& access, const Caller& caller, const SeenImage& image) {
    const Clearance known = clearance(access, caller);
    if (known != Clearance::by_attributes) return known == Clearance::always;
    std::vector<const AccessEntry*> left;  // that depend on derived attributes
    for (const AccessEntry& entry : access) {
        if (!can_hold(entry, caller) || !parts_hold(entry, caller, image, false)) continue;
        if (!asks_for_derived(entry, image)) return true;
        left.push_back(&entry);
    }
    return any_of(
        left, [&](const AccessEntry* entry) { return parts_hold(*entry, caller, image, true); });
}

// Whether what is granted to one is also granted to the other.
bool covers(const std::optional<std::vector<Grant>>& wide,
            const std::optional<std::vector<Grant>>& narrow) {
    if (!wide) return true;
    return narrow && std::all_of(narrow->begin(), narrow->end(), [&](const Grant& grant) {
               return any_of(*wide, [&](const Grant& other) { return other.covers(grant); });
           });
}

// The parts by which a page is named, as the texts that an access asks for.
AccessTexts texts_of_parts(const Access& access, std::span<const AttributePath> by,
                           std::span<const std::string> parts) {
    AccessTexts texts;
    for (const AccessEntry& entry : access) {
        for (const AccessPart& part : entry.parts) {
            const auto place = std::find(by.begin(), by.end(), part.attribute);
            const auto index = static_cast<std::size_t>(place - by.begin());
            const bool is_named = place != by.end() && index < parts.size();
            texts.push_back(is_named ? std::optional(parts[index]) : std::nullopt);
        }
    }
    return texts;
}

template <class View>
Clearance clearance_to(const View& view, const Caller& caller) {
    if (is_public(view.access)) return Clearance::always;
    if (!is_granted(caller, Right::read, view.name)) return Clearance::never;
    return clearance(view.access, caller);
}

template <class View>
bool may_read_page(const Caller& caller, const View& view, std::span<const AttributePath> by,
                   std::span<const std::string> parts) {
    if (is_public(view.access)) return true;
    return is_granted(caller, Right::read, view.name) &&
           allows(view.access, caller, texts_of_parts(view.access, by, parts));
}

// A text with its length before it, so that no two lists of them read alike.
void append_text(std::string& out, std::string_view text) {
    out.append(std::to_string(text.size())).append(":").append(text);
}

// The texts that the part may equal.
std::vector<std::string> texts_to_equal(const AccessPart& part, const Caller& caller) {
    if (part.claim.empty()) return {part.text};
    if (part.claim == "sub") return {caller.subject};
    std::vector<std::string> texts = caller.roles;
    if (part.claim != "role") {
        const auto claim = caller.claims.find(part.claim);
        texts = claim == caller.claims.end() ? std::vector<std::string>() : claim->second;
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

// An earlier definition of a list is also read by those who may administer all.
template <class View>
std::string rights_to(const Caller& caller, const View& view) {
    std::string rights = may_administer_all(caller) ? "a" : "";
    const Clearance known = clearance_to(view, caller);
    if (known != Clearance::by_attributes) return rights + (known == Clearance::always ? "y" : "n");
    for (std::size_t i = 0; i < view.access.size(); ++i) {
        const AccessEntry& entry = view.access[i];
        if (!can_hold(entry, caller)) continue;
        append_text(rights, std::to_string(i));
        for (const AccessPart& part : entry.parts) {
            const std::vector<std::string> texts = texts_to_equal(part, caller);
            rights.append(std::to_string(texts.size())).append(";");
            for (const std::string& text : texts) append_text(rights, text);
        }
    }
    return rights;
}

}  // namespace

bool is_admin(const Caller& caller) {
    return has_role(caller, admin_role);
}

bool is_public(const Access& access) {
    return any_of(access, [](const AccessEntry& entry) { return entry.is_public; });
}

AccessTexts access_texts(
    const Access& access,
    const std::function<std::optional<storage::ValueView>(const AttributePath&)>& find) {
    AccessTexts texts;
    for (const AccessEntry& entry : access) {
        for (const AccessPart& part : entry.parts) {
            texts.push_back(value_text(find(part.attribute)));
        }
    }
    return texts;
}

Clearance may_read(const Caller& caller, const ItemView& view) {
    return clearance_to(view, caller);
}
Clearance may_read(const Caller& caller, const ListView& list) {
    return clearance_to(list, caller);
}
Clearance may_read(const Caller& caller, const TotalView& total) {
    return clearance_to(total, caller);
}

bool may_read(const Caller& caller, const ItemView& view, const SeenImage& image) {
    if (is_public(view.access)) return true;
    return is_granted(caller, Right::read, view.name) && allows(view.access, caller, image);
}

Clearance may_read_by_key(const Caller& caller, const ItemView& view, const SeenImage& key) {
    const Clearance known = may_read(caller, view);
    if (known != Clearance::by_attributes) return known;
    const auto is_of_key = [&](const AttributePath& path) {
        return path.names().size() == 1 && any_of(view.table->key, [&](const KeyPart& part) {
                   return part.name == path.names().front();
               });
    };
    Clearance best = Clearance::never;
    for (const AccessEntry& entry : view.access) {
        if (!can_hold(entry, caller)) continue;
        bool is_whole = true;  // each part asks for the key
        bool holds_so_far = true;
        for (const AccessPart& part : entry.parts) {
            if (!is_of_key(part.attribute)) {
                is_whole = false;
            } else if (!holds(part, caller, value_text(key.find(part.attribute)))) {
                holds_so_far = false;
            }
        }
        if (!holds_so_far) continue;
        if (is_whole) return Clearance::always;
        best = Clearance::by_attributes;
    }
    return best;
}

std::string reading_rights(const Caller& caller, const ItemView& view) {
    return rights_to(caller, view);
}
std::string reading_rights(const Caller& caller, const ListView& list) {
    return rights_to(caller, list);
}
std::string reading_rights(const Caller& caller, const TotalView& total) {
    return rights_to(caller, total);
}

bool may_read(const Caller& caller, const ListView& list, std::span<const AttributePath> by,
              std::span<const std::string> parts) {
    return may_read_page(caller, list, by, parts);
}

bool may_read(const Caller& caller, const TotalView& total, std::span<const AttributePath> by,
              std::span<const std::string> parts) {
    return may_read_page(caller, total, by, parts);
}

Clearance may_watch(const Caller& caller, const EventRule& rule) {
    if (is_public(rule.access)) return Clearance::always;
    const Clearance known = clearance(rule.access, caller);
    if (is_granted(caller, Right::watch, rule.type)) return known;
    const bool by_topic = !rule.topic.parts.empty() && is_granted_at_all(caller, Right::watch);
    return by_topic && known != Clearance::never ? Clearance::by_attributes : Clearance::never;
}

Clearance may_watch(const Caller& caller, const EventRule& rule, std::string_view topic) {
    if (is_public(rule.access)) return Clearance::always;
    const bool granted =
        is_granted(caller, Right::watch, rule.type) || is_granted(caller, Right::watch, topic);
    return granted ? clearance(rule.access, caller) : Clearance::never;
}

bool may_watch(const Caller& caller, const EventRule& rule, std::string_view topic,
               const AccessTexts& texts) {
    if (is_public(rule.access)) return true;
    return (is_granted(caller, Right::watch, rule.type) ||
            is_granted(caller, Right::watch, topic)) &&
           allows(rule.access, caller, texts);
}

bool may_write(const Caller& caller, const Table& table, const SeenImage& image) {
    return is_granted(caller, Right::write, table.name) && allows(table.write, caller, image);
}

Clearance may_write(const Caller& caller, const Table& table) {
    const bool granted = is_granted(caller, Right::write, table.name);
    return granted ? clearance(table.write, caller) : Clearance::never;
}

bool may_do(const Caller& caller, const Access& access, const SeenImage& image) {
    return allows(access, caller, image);
}

bool may_ingest(const Caller& caller, std::string_view table) {
    return is_admin(caller) && is_granted(caller, Right::ingest, table);
}

bool may_ingest(const Caller& caller) {
    return is_admin(caller) && is_granted_at_all(caller, Right::ingest);
}

bool may_vend(const Caller& caller) {
    return !caller.is_anonymous && is_granted_at_all(caller, Right::vend);
}

Result<void> check_vended(const Caller& maker, const Caller& wanted) {
    const auto too_much = [](const std::string& what) {
        return fail(Errc::forbidden, "these credentials do not admit to making a token " + what);
    };
    for (const std::string& role : wanted.roles) {
        if (!is_granted(maker, Right::vend, role)) return too_much("with the role " + role);
    }
    if (wanted.roles.empty() && !is_granted(maker, Right::vend, "")) {
        return too_much("without role");
    }
    if (!covers(maker.grants, wanted.grants)) return too_much("with wider grants than their own");
    if (is_admin(maker)) return {};
    if (wanted.subject != maker.subject) return too_much("for somebody else");
    for (const std::string& role : wanted.roles) {
        if (!has_role(maker, role)) return too_much("with a role that is not their own");
    }
    for (const auto& [name, texts] : wanted.claims) {
        for (const std::string& text : texts) {
            if (!has_claim(maker, name, text)) return too_much("with another " + name);
        }
    }
    return {};
}

bool may_administer(const Caller& caller, std::string_view name) {
    return is_admin(caller) && is_granted(caller, Right::admin, name);
}

bool may_administer_all(const Caller& caller) {
    return is_admin(caller) && has_grant(caller, Right::admin, [](const Grant& grant) {
               return grant.is_begin && grant.name.empty();
           });
}

}  // namespace freshet::engine
