// Who a request comes from: the token or the key that it shows, believed or not.
//
//     Authorization: Bearer …  ->  a token (http/token.h), or a machine's static key  ->  Caller
//
// Browsers show a token in a cookie (http/session_route.h), or, where the configuration allows it,
// in the query. The header wins over the cookie, and that over the query.
//
// Where no credentials are asked for, every request is everybody's.
//
// A token is verified once and then known by its hash until it expires, so that the signature costs
// a reader nothing on its next requests.
//
// Invariants
//   - Nothing of a credential is kept but its hash, and none is ever shown.
//
// Threads: any.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/caller.h"
#include "engine/config.h"
#include "http/answer.h"
#include "http/query.h"
#include "http/request.h"
#include "http/token.h"
#include "http/token_vendor.h"
#include "storage/result.h"

namespace freshet::http {

inline constexpr std::size_t known_tokens_max = 10'000;

class Credentials {
public:
    // SHA-256, as the configuration has it of the key of a machine.
    using Digest = std::array<unsigned char, 32>;
    // Throws std::bad_alloc if OpenSSL cannot: without a digest, nobody is told from another.
    static Digest digest_of(std::string_view text);

    // Without settings, everybody is let in.
    // Fails with io       if the file of a key cannot be read;
    //            refused  if a key is none of its algorithm, its environment variable is not there,
    //                     or it is to sign and cannot. The message names the key by its id.
    static Result<std::unique_ptr<Credentials>> load(
        const std::optional<engine::AuthSettings>& settings);

    // Everybody.
    Credentials() = default;

    // Whether requests have to show credentials.
    [[nodiscard]] bool are_asked_for() const { return verifier_.has_value(); }

    // Who makes tokens.
    [[nodiscard]] TokenVendor& vendor() { return vendor_; }

    // Whose request it is at the time `now`; 401 if it shows no credential, or none that is good.
    // A token in the query, where it is believed, is taken out of the target.
    Or<Identity> identify(Request& request, std::chrono::sys_seconds now);

private:
    struct DigestHash {
        std::size_t operator()(const Digest& digest) const;
    };
    struct Machine {
        Digest digest;
        Identity identity;
    };

    Credentials(TokenVerifier verifier, std::vector<Machine> machines,
                std::optional<TokenKey> signer, TokenRules rules, bool query_token);

    [[nodiscard]] const Machine* machine_of(const Digest& digest) const;
    std::optional<Identity> known(const Digest& digest, std::chrono::sys_seconds now);
    void keep(const Digest& digest, const Identity& identity, std::chrono::sys_seconds now);

    void take_query_token(Request& request) const;
    Or<Identity> believe(std::string_view credential, std::chrono::sys_seconds now);
    Or<Identity> believe_token(std::string_view credential, std::chrono::sys_seconds now);
    Or<Identity> believe_query(const Request& request, std::chrono::sys_seconds now);

    std::optional<TokenVerifier> verifier_;
    bool query_token_ = false;
    std::vector<Machine> machines_;
    TokenVendor vendor_{std::nullopt};
    std::mutex mutex_;  // guards tokens_
    std::unordered_map<Digest, Identity, DigestHash> tokens_;
};

}  // namespace freshet::http
