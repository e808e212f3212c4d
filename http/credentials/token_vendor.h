// Tokens that are made for others: scoped, short-lived, and never wider or longer than their
// maker's own credential (engine/access/grants.h).
//
// A caller that asks for the same thing again is given the same token, for 55 minutes of an hour,
// so that a page that is reloaded costs nothing. A page that renews its token because a stream says
// that it is expiring is given another one (http/credentials/renewal.h).
//
// Each new token is another one, by its `jti`, and one that has ended before its time is not given
// again. A new one is issued after every revocation of its subject, if only by a microsecond, so
// that it is believed although it is made in the same second.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/access/caller.h"
#include "http/credentials/claims_writer.h"
#include "http/credentials/revocations.h"
#include "http/credentials/token.h"
#include "http/messages/request.h"
#include "storage/result.h"

namespace freshet::http {

inline constexpr std::chrono::seconds vended_life_max{3'600};
inline constexpr std::size_t vended_texts_max = 64;  // roles, grants and texts of claims of one
inline constexpr std::size_t vended_tokens_max = 10'000;  // that are kept to be given again

struct VendedToken {
    std::string token;
    std::chrono::sys_seconds expires;
    bool is_new = true;  // and was not given before
};

class TokenVendor {
public:
    // Without a key, which must be one that signs, no tokens are made. They name the issuer and the
    // audience that are asked for.
    explicit TokenVendor(
        std::optional<TokenKey> key, TokenRules rules = {},
        std::shared_ptr<Revocations> revocations = std::make_shared<Revocations>());

    [[nodiscard]] bool can_vend() const { return key_.has_value(); }

    // A token for `wanted`, from `now` on for `life`, at most vended_life_max, or until the maker's
    // own credential expires.
    // Fails with forbidden  if the maker may not make it;
    //            too_large  if it would be longer than a token may be;
    //            unavailable  if its subject was revoked at a time that is still to come, as after
    //            a
    //                         clock was set back: nobody would believe the token;
    //            io         if OpenSSL cannot.
    Result<VendedToken> vend(const Identity& maker, const engine::Caller& wanted,
                             std::chrono::seconds life, std::chrono::sys_seconds now);

private:
    struct Kept {
        VendedToken vended;
        std::chrono::sys_seconds until;  // given again before
        Revocations::Flag ended;         // not given again once it is true
    };

    [[nodiscard]] ClaimsWriter claims_of(const engine::Caller& wanted) const;
    std::optional<VendedToken> kept(const std::string& wish, const Identity& maker,
                                    std::chrono::sys_seconds now);
    void keep(const std::string& wish, const Kept& made, std::chrono::sys_seconds now);

    const std::optional<TokenKey> key_;
    const TokenRules rules_;
    const std::shared_ptr<Revocations> revocations_;
    std::mutex mutex_;  // guards kept_
    std::map<std::string, Kept> kept_;
};

}  // namespace freshet::http
