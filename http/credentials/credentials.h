// Who a request comes from: the token or the key that it shows, believed or not.
//
//     Authorization: Bearer …  ->  a token (http/credentials/token.h), or a machine's static key ->
//     Caller
//
// Browsers show a token in a cookie (http/credentials/cookie.h), or, where the configuration allows
// it, in the query. The header wins over the cookie, and that over the query.
//
// Where no credentials are asked for, every request is everybody's.
//
// A token is verified once and then known by its hash until it expires, so that the signature costs
// a reader nothing on its next requests.
//
// A reload (SIGHUP) takes other keys in the place of those that were believed, and a token may be
// revoked before it expires (http/credentials/revocations.h). Requests and streams of a credential
// that is believed no more end: Identity::end(). The key of a machine is not revoked but taken out
// of the configuration.
//
// Invariants
//   - Nothing of a credential that was shown is kept but its hash, and whose it was.
//   - No token is believed before it is known which are revoked: until then it is 503.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "engine/config/config.h"
#include "engine/engine.h"
#include "http/credentials/digest.h"
#include "http/credentials/keyring.h"
#include "http/credentials/revocations.h"
#include "http/credentials/token_vendor.h"
#include "http/messages/answer.h"
#include "http/messages/query.h"
#include "http/messages/request.h"
#include "storage/notice.h"
#include "storage/result.h"

namespace freshet::http {

inline constexpr std::size_t known_tokens_max = 10'000;
inline constexpr std::size_t sessions_of_one_max = 100;  // of a subject that have ended one by one

// 401, with what it says of the credential that was shown.
Answer not_believed(RefusalReason reason, std::string_view why);
// The same of one that was good and has ended by `now`.
Answer ended(const Identity& identity, std::chrono::sys_seconds now);
// 401, where none was shown.
Answer credential_needed();

class Credentials {
public:
    // Without settings, everybody is let in.
    // Fails as Keyring::load() does.
    static Result<std::unique_ptr<Credentials>> load(
        const std::optional<engine::AuthSettings>& settings);

    // Everybody.
    Credentials() = default;

    // Whether requests have to show credentials. Never changes.
    [[nodiscard]] bool are_asked_for() const { return asked_for_; }

    // Believes what these settings name from now on, and nothing else.
    // Fails with refused  if credentials are asked for only before or only after;
    //            otherwise  as Keyring::load() does. What was believed still is.
    Result<void> reload(const std::optional<engine::AuthSettings>& settings);

    // Who makes tokens: nobody, where no credentials are asked for.
    [[nodiscard]] std::shared_ptr<TokenVendor> vendor();

    // From now on what the engine's log says is revoked, and until that is known no token is
    // believed. The engine forgets these credentials with forget_revocations(), which comes before
    // the end of either.
    void hear_revocations(engine::Engine& engine);
    static void forget_revocations(engine::Engine& engine) { engine.hear_revocations(nullptr); }

    [[nodiscard]] Revocations& revocations() const { return *revocations_; }

    // Whose request it is at the time `now`; 401 if it shows no credential, or none that is good;
    // 503 for a token while it is not known which are revoked.
    // A token in the query, where it is believed, is taken out of the target.
    OrAnswer<Identity> identify(Request& request, std::chrono::sys_seconds now);

    // Ends the token in the request's cookie, if it is good or the log does not have yet that it
    // has ended: all that was begun with it ends within a second, and it is believed no more,
    // wherever it is shown. Returns the notice by which that lasts, for the log; nothing if there
    // was no such token.
    //
    // Once sessions_of_one_max of the token's subject have ended so and not had their day, one more
    // ends every token that the subject has, as an admin's revocation would: that takes the room of
    // one, however often it comes, so nobody can take the room that others need to sign out. To
    // refuse it instead would let anyone who has stolen a token keep its owner from signing out.
    // Fails with unavailable  while it is not known which tokens are revoked;
    //            otherwise  as Revocations::end() does.
    Result<std::optional<storage::Notice>> end_session(const Request& request,
                                                       std::chrono::sys_seconds now);

    // The same of the tokens that the notice of a revocation names.
    // Fails as Revocations::end() does.
    Result<void> revoke(const storage::Notice& notice, std::chrono::sys_seconds now,
                        Revocations::Asker asker = Revocations::Asker::admin);

    // How long a revocation has to be kept: of a token that expires then; or, if that is not known,
    // of any that could be valid now. 0: for ever, as tokens may live for as long as they like.
    [[nodiscard]] std::chrono::seconds kept(std::optional<std::chrono::sys_seconds> expires,
                                            std::chrono::sys_seconds now);

private:
    using SharedKeyring = std::shared_ptr<const Keyring>;

    Credentials(SharedKeyring keyring, std::shared_ptr<Revocations> revocations);

    SharedKeyring keyring();
    std::optional<Identity> known(const Digest& digest, std::chrono::sys_seconds now);
    void keep(const Digest& digest, const Identity& identity, const SharedKeyring& believer,
              std::chrono::sys_seconds now);

    OrAnswer<Identity> believe(const SharedKeyring& keyring, std::string_view credential,
                               std::chrono::sys_seconds now);
    OrAnswer<Identity> believe_token(const SharedKeyring& keyring, std::string_view credential,
                                     const Digest& digest, std::chrono::sys_seconds now);
    tl::expected<Identity, TokenRefusal> verify(const SharedKeyring& keyring,
                                                std::string_view token, const Digest& digest,
                                                std::chrono::sys_seconds now);
    OrAnswer<Identity> believe_query(const SharedKeyring& keyring, const Request& request,
                                     std::chrono::sys_seconds now);

    bool asked_for_ = false;
    const std::shared_ptr<Revocations> revocations_ = std::make_shared<Revocations>();
    std::mutex mutex_;  // guards what follows
    SharedKeyring keyring_;
    std::unordered_map<Digest, Identity, DigestHash> tokens_;  // known, by their hash
};

}  // namespace freshet::http
