#include "http/credentials/credentials.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "http/credentials/cookie.h"

namespace freshet::http {

namespace {

using std::chrono::sys_seconds;

constexpr std::string_view scheme = "Bearer";
constexpr std::string_view query_name = "token";

// What has no dot is no token, so it was meant as a key.
bool is_token(std::string_view credential) {
    return credential.find('.') != std::string_view::npos;
}

Answer unauthorized(RefusalReason reason, std::string_view detail, std::string_view error) {
    Answer answer = problem(401, detail);
    answer.reason = reason;
    std::string challenge = R"(Bearer realm="freshet")";
    if (!error.empty()) challenge += ", error=\"" + std::string(error) + '"';
    answer.set("WWW-Authenticate", challenge);
    return answer;
}

Error revocations_unknown() {
    return {Errc::unavailable,
            "which tokens are revoked is known once the log is folded; until then none is "
            "believed. /readyz says how far that is"};
}

tl::unexpected<Answer> refuse(RefusalReason reason, std::string_view why) {
    return tl::unexpected(not_believed(reason, why));
}

// The credential in the header; 401 if it is none, or there is more than one.
OrAnswer<std::string_view> bearer_of(const Request& request) {
    if (request.count("Authorization") > 1) {
        return refuse(RefusalReason::malformed, "there is more than one Authorization header");
    }
    const std::string_view value = trim(*request.header("Authorization"));
    const std::size_t space = value.find(' ');
    const std::string_view credential =
        space == std::string_view::npos ? std::string_view() : trim(value.substr(space));
    if (credential.empty() || !equal_ignoring_case(value.substr(0, space), scheme)) {
        return refuse(RefusalReason::malformed,
                      "the header Authorization is not Bearer and a token or a key");
    }
    return credential;
}

// Takes ?token= out of the target, so that no route, no link and no log has it. Kept beside it for
// a request that is looked at again once it has waited.
void take_query_token(Request& request) {
    std::vector<std::string> tokens = find_parameters(request.target, query_name);
    std::erase_if(request.target.query, [](const Parameter& p) { return p.name == query_name; });
    if (tokens.empty()) return;
    // Which of two is meant, nobody can tell: neither is believed.
    request.query_token = tokens.size() == 1 ? std::move(tokens.front()) : std::string();
}

}  // namespace

Answer not_believed(RefusalReason reason, std::string_view why) {
    return unauthorized(reason, why, "invalid_token");
}

Answer ended(const Identity& identity, sys_seconds now) {
    return not_believed(identity.is_revoked() ? RefusalReason::revoked : RefusalReason::expired,
                        identity.end(now));
}

Answer credential_needed() {
    return unauthorized(
        RefusalReason::none,
        "this needs a credential: the header Authorization: Bearer with a token or a key", "");
}

Result<std::unique_ptr<Credentials>> Credentials::load(
    const std::optional<engine::AuthSettings>& settings) {
    if (!settings) return std::make_unique<Credentials>();
    auto revocations = std::make_shared<Revocations>();
    auto keyring = Keyring::load(*settings, revocations);
    if (!keyring) return fail(keyring.error());
    return std::unique_ptr<Credentials>(
        new Credentials(*std::move(keyring), std::move(revocations)));
}

Credentials::Credentials(SharedKeyring keyring, std::shared_ptr<Revocations> revocations)
    : asked_for_(true), revocations_(std::move(revocations)), keyring_(std::move(keyring)) {}

Result<void> Credentials::reload(const std::optional<engine::AuthSettings>& settings) {
    if (settings.has_value() != asked_for_) {
        return fail(Errc::refused, asked_for_
                                       ? "[auth] is gone: only a restart lets everybody in"
                                       : "[auth] is new: only a restart begins to ask for it");
    }
    if (!settings) return {};
    auto loaded = Keyring::load(*settings, revocations_);
    if (!loaded) return fail(loaded.error());
    const std::lock_guard lock(mutex_);
    (*loaded)->succeed(*keyring_);
    keyring_->revoke_all_but(**loaded);
    keyring_ = *std::move(loaded);
    tokens_.clear();
    return {};
}

void Credentials::hear_revocations(engine::Engine& engine) {
    revocations_->await();
    engine.hear_revocations([known = revocations_](const std::vector<engine::Revocation>& heard) {
        known->take(heard);
    });
}

Credentials::SharedKeyring Credentials::keyring() {
    const std::lock_guard lock(mutex_);
    return keyring_;
}

std::shared_ptr<TokenVendor> Credentials::vendor() {
    if (!asked_for_) return std::make_shared<TokenVendor>(std::nullopt);
    return keyring()->vendor();
}

OrAnswer<Identity> Credentials::identify(Request& request, sys_seconds now) {
    if (!asked_for_) return Identity{.caller = engine::everybody(), .expires = {}};
    const SharedKeyring believer = keyring();
    if (believer->takes_query_tokens()) take_query_token(request);
    if (request.header("Authorization")) {
        const auto bearer = bearer_of(request);
        if (!bearer) return tl::unexpected(bearer.error());
        return believe(believer, *bearer, now);
    }
    const std::vector<std::string_view> cookies = cookie_tokens(request);
    if (cookies.size() > 1) {
        // Nobody can tell which of them was set by us.
        return refuse(RefusalReason::malformed,
                      "there is more than one cookie " + std::string(cookie_name));
    }
    if (!cookies.empty()) {
        const std::string_view cookie = cookies.front();
        auto identity = believe_token(believer, cookie, digest_of(cookie), now);
        if (identity) identity->by_cookie = true;
        return identity;
    }
    if (request.query_token && believer->takes_query_tokens()) {
        return believe_query(believer, request, now);
    }
    return tl::unexpected(credential_needed());
}

// Addresses end up in logs and histories: what stands in one may read, and not for long.
OrAnswer<Identity> Credentials::believe_query(const SharedKeyring& keyring, const Request& request,
                                              sys_seconds now) {
    if (request.method != "GET" && request.method != "HEAD") {
        return refuse(RefusalReason::not_allowed, "a token in the query is for reading only");
    }
    const std::string& token = *request.query_token;
    auto identity = believe_token(keyring, token, digest_of(token), now);
    if (identity && identity->expires > now + vended_life_max) {
        return refuse(RefusalReason::not_allowed,
                      "a token in the query must expire within an hour");
    }
    return identity;
}

OrAnswer<Identity> Credentials::believe(const SharedKeyring& keyring, std::string_view credential,
                                        sys_seconds now) {
    if (credential.empty()) return refuse(RefusalReason::malformed, "the credential is empty");
    const Digest digest = digest_of(credential);
    if (const Identity* machine = keyring->machine_of(digest)) return *machine;
    if (!is_token(credential)) {
        return refuse(RefusalReason::unknown_key, "this key is not known here");
    }
    return believe_token(keyring, credential, digest, now);
}

// The key of a machine, which does not expire, is none of these.
OrAnswer<Identity> Credentials::believe_token(const SharedKeyring& keyring,
                                              std::string_view credential, const Digest& digest,
                                              sys_seconds now) {
    if (!revocations_->are_known()) return tl::unexpected(problem_of(revocations_unknown()));
    auto identity = verify(keyring, credential, digest, now);
    if (!identity) return refuse(identity.error().reason, identity.error().message);
    if (identity->is_revoked()) return refuse(RefusalReason::revoked, believed_no_more);
    return *std::move(identity);
}

// Whose the token is, though it may be revoked.
tl::expected<Identity, TokenRefusal> Credentials::verify(const SharedKeyring& keyring,
                                                         std::string_view token,
                                                         const Digest& digest, sys_seconds now) {
    if (auto identity = known(digest, now)) return *std::move(identity);
    auto verified = keyring->verify(token, now);
    if (!verified) return tl::unexpected(std::move(verified.error()));
    Identity& identity = verified->identity;
    identity.ended = revocations_->watch({.digest = digest,
                                          .subject = identity.caller->subject,
                                          .id = std::move(verified->id),
                                          .issued = verified->issued});
    keep(digest, identity, keyring, now);
    return std::move(identity);
}

Result<std::optional<storage::Notice>> Credentials::end_session(const Request& request,
                                                                sys_seconds now) {
    // As in identify(), of several cookies none is believed; and a stranger may ask this, so that
    // no more than one signature is verified.
    const std::vector<std::string_view> cookies = cookie_tokens(request);
    if (!asked_for_ || cookies.size() != 1) return std::nullopt;
    if (!revocations_->are_known()) return fail(revocations_unknown());
    const Digest digest = digest_of(cookies.front());
    const auto identity = verify(keyring(), cookies.front(), digest, now);
    if (!identity || (identity->revoked && *identity->revoked)) return std::nullopt;
    const std::string session = session_of(digest);
    // One that has ended is ended again only where the disk may have refused the notice: it has no
    // say in what happens to the subject's other tokens.
    const auto earlier = revocations_->ending(session);
    if (earlier && earlier->position.value != 0) return std::nullopt;
    const std::string& subject = identity->caller->subject;
    const bool is_known = earlier && earlier->revoked_by == storage::RevokedBy::session;
    const bool ends_all = !is_known && !subject.empty() &&
                          revocations_->sessions_of(subject, now) >= sessions_of_one_max;
    storage::Notice notice{
        .kind = storage::NoticeKind::revocation,
        .by = subject,
        .table = {},
        .stream = {},
        .revoked_by = ends_all ? storage::RevokedBy::subject : storage::RevokedBy::session,
        .name = ends_all ? subject : session,
        .kept = kept(ends_all ? std::nullopt : identity->expires, now),
        .asked = now};
    // Its issuer's clock may be ahead of ours, and then this token is to end, too.
    if (ends_all) notice.asked = std::max<storage::AppendTime>(now, revocations_->issued(session));
    const auto ended = revoke(notice, now, Revocations::Asker::anybody);
    if (!ended) return fail(ended.error());
    return notice;
}

Result<void> Credentials::revoke(const storage::Notice& notice, sys_seconds now,
                                 Revocations::Asker asker) {
    return revocations_->end({.revoked_by = notice.revoked_by,
                              .name = notice.name,
                              .at = engine::asked_at(notice, now),
                              .until = engine::end_of(notice, now),
                              .position = {},
                              .by = notice.by},
                             now, asker);
}

// A second more than the verifier's leeway: what an `exp` has below a second was cut off. A token
// may say that it was issued as much as the leeway after `now`.
std::chrono::seconds Credentials::kept(std::optional<sys_seconds> expires, sys_seconds now) {
    constexpr std::chrono::seconds more = token_leeway + std::chrono::seconds(1);
    if (expires) return *expires + more - now;
    const auto life = asked_for_ ? keyring()->token_life() : std::chrono::seconds(0);
    return life.count() == 0 ? life : life + token_leeway + more;
}

std::optional<Identity> Credentials::known(const Digest& digest, sys_seconds now) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(digest);
    if (found == tokens_.end()) return std::nullopt;
    if (now < found->second.expires) return found->second;
    tokens_.erase(found);
    return std::nullopt;
}

void Credentials::keep(const Digest& digest, const Identity& identity,
                       const SharedKeyring& believer, sys_seconds now) {
    if (now >= identity.expires) return;  // within the leeway: verified anew each time
    const std::lock_guard lock(mutex_);
    if (believer != keyring_) return;  // replaced meanwhile
    if (tokens_.size() >= known_tokens_max) {
        std::erase_if(tokens_, [now](const auto& known) { return now >= known.second.expires; });
    }
    // Whoever brings so many tokens that are good pays for the verification of each.
    if (tokens_.size() >= known_tokens_max) tokens_.clear();
    tokens_.emplace(digest, identity);
}

}  // namespace freshet::http
