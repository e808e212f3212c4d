// The keys and machines whose credentials are believed: what [auth] in the configuration names,
// read into memory.
//
// A reload puts another one in its place. What both have stays believed; of what only the earlier
// one has, the credentials that are in use are told that they are believed no more.
//
// Threads: immutable once loaded, but for revoke_all_but(); any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "http/credentials/digest.h"
#include "http/credentials/revocations.h"
#include "http/credentials/token.h"
#include "http/credentials/token_vendor.h"
#include "http/messages/request.h"
#include "storage/result.h"
#include "storage/time.h"

namespace freshet::http {

class Keyring {
public:
    // Fails with io       if the file of a key cannot be read;
    //            refused  if a key is none of its algorithm, its environment variable is not there,
    //                     or it is to sign and cannot. The message names the key by its id.
    static Result<std::unique_ptr<Keyring>> load(const engine::AuthSettings& settings,
                                                 const std::shared_ptr<Revocations>& revocations);

    // Takes over what is the same in the one before: whose credentials are in use, and the tokens
    // that were made. Before anybody else has this one.
    void succeed(const Keyring& earlier);

    // Says that what this one has, and its successor has not, is believed no more.
    void revoke_all_but(const Keyring& successor) const;

    // The machine whose key has that digest; null if none has.
    [[nodiscard]] const Identity* machine_of(const Digest& digest) const;

    // Whose token it is, and what it says of itself to be told from others.
    struct Verified {
        Identity identity;
        std::optional<std::string> id;
        std::optional<storage::AppendTime> issued;
    };
    // Fails as TokenVerifier::verify() does.
    [[nodiscard]] tl::expected<Verified, TokenRefusal> verify(std::string_view token,
                                                              std::chrono::sys_seconds now) const;

    // How long a token may live; 0: as long as it likes.
    [[nodiscard]] std::chrono::seconds token_life() const { return rules_.life; }

    // Whether ?token= is believed, too.
    [[nodiscard]] bool takes_query_tokens() const { return query_token_; }

    // Who makes tokens; never null.
    [[nodiscard]] const std::shared_ptr<TokenVendor>& vendor() const { return vendor_; }

private:
    using Revocation = std::shared_ptr<std::atomic<bool>>;

    struct Key {
        TokenKey key;
        Revocation revoked;
    };
    struct Machine {
        Digest digest;
        Identity identity;
        Revocation revoked;  // the identity's
    };

    Keyring(std::vector<Key> keys, std::vector<Machine> machines, std::optional<TokenKey> signer,
            TokenRules rules, bool query_token, std::shared_ptr<Revocations> revocations);

    [[nodiscard]] std::vector<TokenKey> token_keys() const;
    [[nodiscard]] std::vector<Revocation> revocations() const;

    std::vector<Key> keys_;
    std::vector<Machine> machines_;
    std::optional<TokenKey> signer_;
    TokenRules rules_;
    TokenVerifier verifier_;
    bool query_token_;
    std::shared_ptr<TokenVendor> vendor_;
};

}  // namespace freshet::http
