// A JSON Web Token (RFC 7519), signed by HS256 (RFC 7515) or Ed25519 (RFC 8037): how it is made
// and how it is believed.
//
//     the bytes of a credential  ->  TokenVerifier  ->  the caller that they speak for
//
// The key decides the algorithm, never the token: what a token says of it only has to agree. Claims
// are not looked at before the signature holds. No error has a byte of a token or a secret in it.
//
// Pure but for OpenSSL. Threads: immutable once made; any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/caller.h"
#include "engine/config/config.h"
#include "engine/text/json.h"
#include "http/messages/refusal_reason.h"
#include "storage/result.h"
#include "storage/time.h"

namespace freshet::http {

inline constexpr std::size_t token_bytes_max = 4096;      // a header of a request still has room
inline constexpr std::size_t hmac_secret_bytes_min = 32;  // as many as the hash has (RFC 7518)
inline constexpr std::chrono::seconds token_leeway{30};   // for clocks that differ

using engine::TokenAlgorithm;

// As a token's header has it: "HS256", "EdDSA".
std::string_view name_of(TokenAlgorithm algorithm);

class KeyMaterial;  // the secret or key itself, and what its algorithm does with it

// One configured key. Copies share the material, which is wiped with the last of them.
class TokenKey {
public:
    // Fails with refused  if the secret has fewer than hmac_secret_bytes_min bytes, or is a key in
    //                     PEM: a public key is no secret.
    static Result<TokenKey> hmac(std::string id, std::string_view secret);

    // From the PEM of a public key (SubjectPublicKeyInfo), which only verifies, or a private one
    // (PKCS #8), which also signs.
    // Fails with refused  if it is neither, is more than one, needs a passphrase, or is of another
    //                     kind than Ed25519.
    static Result<TokenKey> ed25519(std::string id, std::string_view pem);

    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] TokenAlgorithm algorithm() const;
    [[nodiscard]] bool can_sign() const;

    // Whether both have the same id and believe the same tokens.
    bool operator==(const TokenKey& other) const;

    [[nodiscard]] bool verifies(std::string_view signed_part, std::string_view signature) const;

    // The bytes of the signature.
    // Fails with refused  for a public key,
    //            io       if OpenSSL cannot.
    [[nodiscard]] Result<std::string> sign(std::string_view signed_part) const;

private:
    TokenKey(std::string id, std::shared_ptr<const KeyMaterial> material);

    std::string id_;
    std::shared_ptr<const KeyMaterial> material_;
};

// What a token must say besides. An empty one is not asked for.
struct TokenRules {
    std::string issuer;    // is its `iss`
    std::string audience;  // is its `aud`, or one of them
    // How long after its `iat`, which it must have then, its `exp` may be. 0: as long as it likes.
    std::chrono::seconds life{0};

    bool operator==(const TokenRules&) const = default;
};

struct Token {
    engine::Caller caller;
    std::chrono::sys_seconds expires;  // `exp`, in whole seconds; nothing for clocks that differ
    std::string key_id;                // of the key that signed it
    std::optional<std::string> id;     // `jti`, if that is a text
    std::optional<storage::AppendTime> issued;  // `iat`, rounded down
};

// The JSON object that the text is; nothing if it is none, or has two members of one name: which
// of the two counts, others may read otherwise.
std::optional<engine::JsonDocument> parse_claims(std::string text);

// Whether the claim says something of the token, or has a place of its own in Caller.
bool is_registered_claim(std::string_view name);

// The texts of a claim, as they are compared with attributes (engine::Caller); nothing if it, or an
// element of it, is an object, a null, or an array in an array.
std::optional<std::vector<std::string>> compared_texts(const engine::JsonNode& claim);

// The caller that the claims speak of; what they say of the token itself is left out.
// Fails with refused  if `sub`, `role` or `grants` is none.
Result<engine::Caller> caller_of(const engine::JsonNode& claims);

// Why a token is not believed; its code is refused.
struct TokenRefusal : Error {
    RefusalReason reason = RefusalReason::malformed;
};

class TokenVerifier {
public:
    TokenVerifier(std::vector<TokenKey> keys, TokenRules rules);

    // A token without a key's id may be signed by any of the keys.
    // Fails with refused  if it is not believed; the message says why in one sentence.
    [[nodiscard]] tl::expected<Token, TokenRefusal> verify(std::string_view token,
                                                           std::chrono::sys_seconds now) const;

private:
    std::vector<TokenKey> keys_;
    TokenRules rules_;
};

// Writes the token that has these claims, a JSON object, and names the key.
// Fails with too_large  for more than token_bytes_max,
//            otherwise  as TokenKey::sign() does.
Result<std::string> make_token(const TokenKey& key, std::string_view claims_json);

}  // namespace freshet::http
