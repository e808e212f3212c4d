#include "http/credentials/token_vendor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "http/credentials/digest.h"
#include "http/credentials/renewal.h"
#include "http/credentials/token_id.h"

namespace freshet::http {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

std::vector<std::string> texts_of(const std::vector<engine::Grant>& grants) {
    std::vector<std::string> texts;
    texts.reserve(grants.size());
    for (const engine::Grant& grant : grants) texts.push_back(engine::text_of(grant));
    return texts;
}

// When a token that is made now was issued: after the cut, up to which its subject's are revoked.
storage::AppendTime issued_after(const std::optional<storage::AppendTime>& cut, sys_seconds now) {
    const storage::AppendTime issued = now;
    return cut ? std::max(issued, *cut + std::chrono::microseconds(1)) : issued;
}

}  // namespace

TokenVendor::TokenVendor(std::optional<TokenKey> key, TokenRules rules,
                         std::shared_ptr<Revocations> revocations)
    : key_(std::move(key)), rules_(std::move(rules)), revocations_(std::move(revocations)) {}

// What the token says but for its times.
ClaimsWriter TokenVendor::claims_of(const engine::Caller& wanted) const {
    ClaimsWriter claims;
    if (!wanted.subject.empty()) claims.add_text("sub", wanted.subject);
    if (!wanted.roles.empty()) claims.add_texts("role", wanted.roles);
    if (wanted.grants) claims.add_array("grants", texts_of(*wanted.grants));
    for (const auto& [name, texts] : wanted.claims) claims.add_texts(name, texts);
    if (!rules_.issuer.empty()) claims.add_text("iss", rules_.issuer);
    if (!rules_.audience.empty()) claims.add_text("aud", rules_.audience);
    return claims;
}

Result<VendedToken> TokenVendor::vend(const Identity& maker, const engine::Caller& wanted,
                                      seconds life, sys_seconds now) {
    if (const auto allowed = engine::check_vended(*maker.caller, wanted); !allowed) {
        return fail(allowed.error());
    }
    ClaimsWriter claims = claims_of(wanted);
    // Whose wish it is needs no saying: whoever may have the token may have the same one.
    const std::string wish = claims.text() + std::to_string(life.count());
    if (auto vended = kept(wish, maker, now)) return *std::move(vended);

    const auto issued = issued_after(revocations_->cut_of(wanted.subject), now);
    if (issued > now + token_leeway) {
        return fail(Errc::unavailable,
                    "the tokens of this subject were revoked at a time that the server's clock has "
                    "not come to yet: compare the clock, or try again in " +
                        std::to_string((std::chrono::ceil<seconds>(issued) - now).count()) + " s");
    }
    const sys_seconds whole_life = now + std::min(life, vended_life_max);
    const sys_seconds expires = std::min(whole_life, maker.expires.value_or(whole_life));
    claims.add("exp", std::to_string(expires.time_since_epoch().count()));
    claims.add_time("iat", issued);
    const auto id = random_token_id();
    if (!id) return fail(id.error());
    claims.add_text("jti", *id);
    auto token = make_token(*key_, claims.text());
    if (!token) return fail(token.error());
    VendedToken vended{.token = *std::move(token), .expires = expires};
    // One that ends with its maker's is not for others.
    if (expires < whole_life) return vended;
    keep(wish,
         {.vended = vended,
          .until = given_again_until(now, expires),
          .ended = revocations_->watch({.digest = digest_of(vended.token),
                                        .subject = wanted.subject,
                                        .id = *id,
                                        .issued = issued})},
         now);
    return vended;
}

std::optional<VendedToken> TokenVendor::kept(const std::string& wish, const Identity& maker,
                                             sys_seconds now) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(wish);
    if (found == kept_.end() || now >= found->second.until) return std::nullopt;
    if (*found->second.ended) return std::nullopt;
    const VendedToken& vended = found->second.vended;
    if (maker.expires && vended.expires > *maker.expires) return std::nullopt;
    return VendedToken{.token = vended.token, .expires = vended.expires, .is_new = false};
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
