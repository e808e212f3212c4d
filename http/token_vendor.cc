#include "http/token_vendor.h"

#include <algorithm>
#include <utility>

#include "engine/grants.h"
#include "engine/json.h"

namespace freshet::http {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// Of a token's life, what it has at least when it is given again.
constexpr int fresh_part = 12;

void append_member(std::string& json, std::string_view name, std::string_view value) {
    json += json.empty() ? '{' : ',';
    engine::append_json_string(json, name);
    json += ':';
    json += value;
}

std::string quoted(std::string_view text) {
    std::string json;
    engine::append_json_string(json, text);
    return json;
}

// One text as itself, several as an array.
std::string texts_json(const std::vector<std::string>& texts) {
    if (texts.size() == 1) return quoted(texts.front());
    std::string json = "[";
    for (const std::string& text : texts) {
        if (&text != texts.data()) json += ',';
        json += quoted(text);
    }
    return json + ']';
}

std::string grants_json(const std::vector<engine::Grant>& grants) {
    std::string json = "[";
    for (const engine::Grant& grant : grants) {
        if (&grant != grants.data()) json += ',';
        json += quoted(engine::text_of(grant));
    }
    return json + ']';
}

std::string text_of(sys_seconds time) {
    return std::to_string(time.time_since_epoch().count());
}

}  // namespace

TokenVendor::TokenVendor(std::optional<TokenKey> key, TokenRules rules)
    : key_(std::move(key)), rules_(std::move(rules)) {}

// What the token says but for its times: an object that is still open.
std::string TokenVendor::claims_of(const engine::Caller& wanted) const {
    std::string claims;
    if (!wanted.subject.empty()) append_member(claims, "sub", quoted(wanted.subject));
    if (!wanted.roles.empty()) append_member(claims, "role", texts_json(wanted.roles));
    if (wanted.grants) append_member(claims, "grants", grants_json(*wanted.grants));
    for (const auto& [name, texts] : wanted.claims) append_member(claims, name, texts_json(texts));
    if (!rules_.issuer.empty()) append_member(claims, "iss", quoted(rules_.issuer));
    if (!rules_.audience.empty()) append_member(claims, "aud", quoted(rules_.audience));
    return claims;
}

Result<VendedToken> TokenVendor::vend(const Identity& maker, const engine::Caller& wanted,
                                      seconds life, sys_seconds now) {
    if (const auto allowed = engine::check_vended(*maker.caller, wanted); !allowed) {
        return fail(allowed.error());
    }
    std::string claims = claims_of(wanted);
    // Whose wish it is needs no saying: whoever may have the token may have the same one.
    const std::string wish = claims + std::to_string(life.count());
    if (auto vended = kept(wish, maker, now)) return *std::move(vended);

    const sys_seconds whole_life = now + std::min(life, vended_life_max);
    const sys_seconds expires = std::min(whole_life, maker.expires.value_or(whole_life));
    append_member(claims, "exp", text_of(expires));
    auto token = make_token(*key_, claims + '}');
    if (!token) return fail(token.error());
    VendedToken vended{.token = *std::move(token), .expires = expires};
    // One that ends with its maker's is not for others. It is the same each time in any case.
    if (expires < whole_life) return vended;
    keep(wish, {.vended = vended, .until = expires - (expires - now) / fresh_part}, now);
    return vended;
}

std::optional<VendedToken> TokenVendor::kept(const std::string& wish, const Identity& maker,
                                             sys_seconds now) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(wish);
    if (found == kept_.end() || now >= found->second.until) return std::nullopt;
    const VendedToken& vended = found->second.vended;
    if (maker.expires && vended.expires > *maker.expires) return std::nullopt;
    return vended;
}

void TokenVendor::keep(const std::string& wish, const Kept& made, sys_seconds now) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= vended_tokens_max) {
        std::erase_if(kept_, [now](const auto& kept) { return now >= kept.second.until; });
    }
    if (kept_.size() >= vended_tokens_max) kept_.clear();
    kept_.insert_or_assign(wish, made);
}

}  // namespace freshet::http
