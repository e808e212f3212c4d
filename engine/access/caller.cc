#include "engine/access/caller.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/text/excerpt.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

constexpr std::array<std::pair<std::string_view, Right>, 6> right_names{{
    {"read", Right::read},
    {"watch", Right::watch},
    {"write", Right::write},
    {"ingest", Right::ingest},
    {"vend", Right::vend},
    {"admin", Right::admin},
}};

}  // namespace

std::string_view name_of(Right right) {
    return right_names.at(static_cast<std::size_t>(right)).first;
}

Result<Grant> parse_grant(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view right = text.substr(0, colon);
    Grant grant;
    std::vector<std::string_view> known;
    bool found = false;
    for (const auto& [name, value] : right_names) {
        known.push_back(name);
        if (name != right) continue;
        grant.right = value;
        found = true;
    }
    if (!found) {
        return fail(Errc::refused,
                    "found the right \"" + excerpt(right) + "\", " + expected_name(right, known));
    }
    if (colon == std::string_view::npos) return grant;

    std::string_view name = text.substr(colon + 1);
    grant.is_begin = name.ends_with('*');
    if (grant.is_begin) name.remove_suffix(1);
    if (name.find('*') != std::string_view::npos || (name.empty() && !grant.is_begin)) {
        return fail(Errc::refused, "found \"" + excerpt(text) +
                                       "\", expected a name behind the colon, or its beginning and "
                                       "a star, such as read:orders or read:orders-*");
    }
    grant.name = name;
    return grant;
}

std::string text_of(const Grant& grant) {
    std::string text(name_of(grant.right));
    if (grant.is_begin && grant.name.empty()) return text;
    text += ':' + grant.name;
    if (grant.is_begin) text += '*';
    return text;
}

bool is_of_token(std::string_view claim) {
    constexpr std::array<std::string_view, 7> names = {"aud", "exp", "grants", "iat",
                                                       "iss", "jti", "nbf"};
    return std::find(names.begin(), names.end(), claim) != names.end();
}

const std::shared_ptr<const Caller>& everybody() {
    static const auto admin = std::make_shared<const Caller>(Caller{
        .subject = {}, .roles = {std::string(admin_role)}, .claims = {}, .grants = std::nullopt});
    return admin;
}

const std::shared_ptr<const Caller>& nobody() {
    static const auto anonymous = std::make_shared<const Caller>(Caller{
        .subject = {}, .roles = {}, .claims = {}, .grants = std::nullopt, .is_anonymous = true});
    return anonymous;
}

}  // namespace freshet::engine
