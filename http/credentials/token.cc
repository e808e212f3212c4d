#include "http/credentials/token.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>

#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/values/decimal.h"
#include "http/messages/request.h"

namespace freshet::http {

using engine::Caller;
using engine::Decimal;
using engine::JsonDocument;
using engine::JsonNode;
using engine::JsonType;

class KeyMaterial {
public:
    KeyMaterial() = default;
    KeyMaterial(const KeyMaterial&) = delete;
    KeyMaterial& operator=(const KeyMaterial&) = delete;
    virtual ~KeyMaterial() = default;

    [[nodiscard]] virtual TokenAlgorithm algorithm() const = 0;
    [[nodiscard]] virtual bool can_sign() const = 0;
    [[nodiscard]] virtual bool is_same(const KeyMaterial& other) const = 0;
    [[nodiscard]] virtual bool verifies(std::string_view signed_part,
                                        std::string_view signature) const = 0;
    [[nodiscard]] virtual Result<std::string> sign(std::string_view signed_part) const = 0;
};

namespace {

constexpr std::size_t hs256_bytes = 32;    // of a signature
constexpr std::size_t ed25519_bytes = 64;  // of a signature
constexpr std::size_t pem_bytes_max = std::size_t{16} << 10U;
constexpr std::int64_t year_9999_ends = 253'402'300'799;

constexpr std::string_view not_a_token = "the credential is not a JSON Web Token";
constexpr std::string_view wrong_algorithm =
    "the token is signed in a way that is not accepted here";
constexpr std::string_view unknown_key = "the token is signed by a key that is not known here";
constexpr std::string_view wrong_signature = "the signature of the token is wrong";

tl::unexpected<Error> refuse(std::string_view why) {
    return fail(Errc::refused, std::string(why));
}

template <class T>
using Checked = tl::expected<T, TokenRefusal>;

tl::unexpected<TokenRefusal> refuse(RefusalReason reason, std::string_view why) {
    return tl::unexpected(TokenRefusal{{Errc::refused, std::string(why)}, reason});
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL queues for each thread what went wrong; a bad token must not make that queue longer.
struct ErrorsCleared {
    ErrorsCleared() = default;
    ErrorsCleared(const ErrorsCleared&) = delete;
    ErrorsCleared& operator=(const ErrorsCleared&) = delete;
    ~ErrorsCleared() { ERR_clear_error(); }
};

struct Freed {
    void operator()(BIO* bytes) const { BIO_free(bytes); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using Key = std::unique_ptr<EVP_PKEY, Freed>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed>;

class HmacSecret : public KeyMaterial {
public:
    explicit HmacSecret(std::string_view secret) : secret_(secret.begin(), secret.end()) {}
    HmacSecret(const HmacSecret&) = delete;
    HmacSecret& operator=(const HmacSecret&) = delete;
    ~HmacSecret() override { OPENSSL_cleanse(secret_.data(), secret_.size()); }

    [[nodiscard]] TokenAlgorithm algorithm() const override { return TokenAlgorithm::hs256; }
    [[nodiscard]] bool can_sign() const override { return true; }
    [[nodiscard]] bool is_same(const KeyMaterial& other) const override {
        const auto* secret = dynamic_cast<const HmacSecret*>(&other);
        return secret != nullptr && secret->secret_ == secret_;
    }

    [[nodiscard]] bool verifies(std::string_view signed_part,
                                std::string_view signature) const override {
        if (signature.size() != hs256_bytes) return false;
        const auto expected = sign(signed_part);
        return expected && CRYPTO_memcmp(expected->data(), signature.data(), hs256_bytes) == 0;
    }

    [[nodiscard]] Result<std::string> sign(std::string_view signed_part) const override {
        const ErrorsCleared cleared;
        std::array<unsigned char, hs256_bytes> code{};
        std::size_t size = 0;
        if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret_.data(), secret_.size(),
                      bytes_of(signed_part), signed_part.size(), code.data(), code.size(),
                      &size) == nullptr ||
            size != code.size()) {
            return fail(Errc::io, "the OpenSSL of this machine cannot sign by HMAC-SHA-256");
        }
        return std::string(code.begin(), code.end());
    }

private:
    std::vector<unsigned char> secret_;
};

// Threads: OpenSSL locks what it remembers inside a key that is in use.
class Ed25519Key : public KeyMaterial {
public:
    Ed25519Key(Key key, bool is_private) : key_(std::move(key)), is_private_(is_private) {}

    [[nodiscard]] TokenAlgorithm algorithm() const override { return TokenAlgorithm::ed25519; }
    [[nodiscard]] bool can_sign() const override { return is_private_; }
    [[nodiscard]] bool is_same(const KeyMaterial& other) const override {
        const auto* key = dynamic_cast<const Ed25519Key*>(&other);
        return key != nullptr && EVP_PKEY_eq(key->key_.get(), key_.get()) == 1;
    }

    [[nodiscard]] bool verifies(std::string_view signed_part,
                                std::string_view signature) const override {
        if (signature.size() != ed25519_bytes) return false;
        const ErrorsCleared cleared;
        const DigestContext context(EVP_MD_CTX_new());
        return context &&
               EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                bytes_of(signed_part), signed_part.size()) == 1;
    }

    [[nodiscard]] Result<std::string> sign(std::string_view signed_part) const override {
        if (!is_private_) return refuse("a public key cannot sign");
        const ErrorsCleared cleared;
        const DigestContext context(EVP_MD_CTX_new());
        std::array<unsigned char, ed25519_bytes> signature{};
        std::size_t size = signature.size();
        if (!context ||
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(signed_part),
                           signed_part.size()) != 1 ||
            size != signature.size()) {
            return fail(Errc::io, "the OpenSSL of this machine cannot sign by Ed25519");
        }
        return std::string(signature.begin(), signature.end());
    }

private:
    Key key_;
    bool is_private_;
};

// Without it OpenSSL asks on the terminal.
int no_passphrase(char* /*passphrase*/, int /*size*/, int /*writes*/, void* /*unused*/) {
    return -1;
}

// Null if it is not the PEM of one key.
Key read_pem(std::string_view pem, bool is_private) {
    const std::unique_ptr<BIO, Freed> bytes(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bytes) return nullptr;
    const auto read = is_private ? &PEM_read_bio_PrivateKey : &PEM_read_bio_PUBKEY;
    return Key(read(bytes.get(), nullptr, &no_passphrase, nullptr));
}

struct TokenParts {
    std::string_view signed_part;
    std::string header;
    std::string claims;
    std::string signature;
};

// A point more than two is no base64url of the part in the middle.
std::optional<TokenParts> take_apart(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == last) return std::nullopt;
    auto header = engine::decode_base64url(token.substr(0, first));
    auto claims = engine::decode_base64url(token.substr(first + 1, last - first - 1));
    auto signature = engine::decode_base64url(token.substr(last + 1));
    if (!header || !claims || !signature) return std::nullopt;
    return TokenParts{.signed_part = token.substr(0, last),
                      .header = std::move(*header),
                      .claims = std::move(*claims),
                      .signature = std::move(*signature)};
}

struct TokenHeader {
    TokenAlgorithm algorithm;
    std::optional<std::string> key_id;
};

std::optional<TokenAlgorithm> algorithm_in(const JsonNode& header) {
    const JsonNode* name = header.find("alg");
    if (name == nullptr || !name->is(JsonType::string)) return std::nullopt;
    for (const TokenAlgorithm algorithm : {TokenAlgorithm::hs256, TokenAlgorithm::ed25519}) {
        if (name->text() == name_of(algorithm)) return algorithm;
    }
    return std::nullopt;
}

// Whether it brings a key of its own, says where one is to be fetched, or changes what is signed.
bool asks_for_more(const JsonNode& header) {
    constexpr std::array<std::string_view, 6> names = {"b64", "crit", "jku", "jwk", "x5c", "x5u"};
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return header.find(name) != nullptr; });
}

bool has_known_type(const JsonNode& header) {
    const JsonNode* type = header.find("typ");
    if (type == nullptr) return true;
    return type->is(JsonType::string) && (equal_ignoring_case(type->text(), "JWT") ||
                                          equal_ignoring_case(type->text(), "at+jwt"));
}

Checked<TokenHeader> read_header(std::string text) {
    const auto document = parse_claims(std::move(text));
    if (!document) return refuse(RefusalReason::malformed, not_a_token);
    const JsonNode& header = document->root();
    const auto algorithm = algorithm_in(header);
    if (!algorithm || asks_for_more(header)) {
        return refuse(RefusalReason::wrong_algorithm, wrong_algorithm);
    }
    if (!has_known_type(header)) return refuse(RefusalReason::malformed, not_a_token);

    const JsonNode* key_id = header.find("kid");
    if (key_id == nullptr) return TokenHeader{*algorithm, std::nullopt};
    if (!key_id->is(JsonType::string)) return refuse(RefusalReason::unknown_key, unknown_key);
    return TokenHeader{*algorithm, std::string(key_id->text())};
}

// The key that signed it.
Checked<const TokenKey*> signer_of(const std::vector<TokenKey>& keys, const TokenHeader& header,
                                   const TokenParts& parts) {
    bool known = false;
    bool fits = false;
    for (const TokenKey& key : keys) {
        if (header.key_id && *header.key_id != key.id()) continue;
        known = true;
        if (header.algorithm != key.algorithm()) continue;
        fits = true;
        if (key.verifies(parts.signed_part, parts.signature)) return &key;
    }
    if (!known) return refuse(RefusalReason::unknown_key, unknown_key);
    if (!fits) return refuse(RefusalReason::wrong_algorithm, wrong_algorithm);
    return refuse(RefusalReason::bad_signature, wrong_signature);
}

Decimal decimal_of(std::int64_t number) {
    return Decimal::parse(std::to_string(number)).value_or(Decimal{});
}

Decimal decimal_of(std::chrono::sys_seconds time) {
    return decimal_of(time.time_since_epoch().count());
}

// In seconds, or in what `power` says of them: 6 for microseconds. Rounded down; the time is
// neither negative nor after the year 9999.
std::int64_t rounded(const Decimal& time, std::int64_t power) {
    if (time.zero()) return 0;
    const auto places =
        static_cast<std::size_t>(std::max<std::int64_t>(time.exponent() + power, 0));
    std::string digits = time.digits().substr(0, places);
    digits.append(places - digits.size(), '0');
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::chrono::sys_seconds whole_seconds(const Decimal& time) {
    return std::chrono::sys_seconds{std::chrono::seconds{rounded(time, 0)}};
}

storage::AppendTime whole_microseconds(const Decimal& time) {
    return storage::AppendTime{std::chrono::microseconds{rounded(time, 6)}};
}

// The seconds since 1970 that the claim has, which may have a fraction.
Checked<std::optional<Decimal>> time_in(const JsonNode& claims, std::string_view name) {
    const JsonNode* claim = claims.find(name);
    if (claim == nullptr) return std::optional<Decimal>{};
    auto time = claim->is(JsonType::number) ? Decimal::parse(claim->text()) : std::nullopt;
    if (!time || time->negative() || *time > decimal_of(year_9999_ends)) {
        return refuse(RefusalReason::malformed,
                      "the " + std::string(name) + " of the token is not a time in seconds");
    }
    return time;
}

// When the token was issued, and when it expires.
struct TokenTimes {
    std::optional<storage::AppendTime> issued;
    std::chrono::sys_seconds expires;
};

// A token that does not say when it was issued could be of any age: it is refused where ages are
// bounded.
Checked<void> check_life(const TokenTimes& times, std::chrono::seconds life) {
    if (life.count() == 0) return {};
    if (!times.issued) {
        return refuse(RefusalReason::lives_too_long,
                      "the token does not say when it was issued (iat), as token_life_s in [auth] "
                      "asks for");
    }
    if (times.expires - *times.issued > life) {
        return refuse(RefusalReason::lives_too_long, "the token is good for more than the " +
                                                         std::to_string(life.count()) +
                                                         " s that token_life_s in [auth] allows");
    }
    return {};
}

Checked<TokenTimes> check_times(const JsonNode& claims, std::chrono::sys_seconds now) {
    const auto expires = time_in(claims, "exp");
    if (!expires) return tl::unexpected(expires.error());
    if (!*expires) {
        return refuse(RefusalReason::malformed, "the token never expires, as it has no exp");
    }
    if (**expires <= decimal_of(now - token_leeway)) {
        return refuse(RefusalReason::expired, "the token has expired");
    }

    const Decimal soon = decimal_of(now + token_leeway);
    const auto begins = time_in(claims, "nbf");
    if (!begins) return tl::unexpected(begins.error());
    if (*begins && **begins > soon) {
        return refuse(RefusalReason::not_yet_valid, "the token is not valid yet");
    }
    const auto issued = time_in(claims, "iat");
    if (!issued) return tl::unexpected(issued.error());
    if (*issued && **issued > soon) {
        return refuse(RefusalReason::not_yet_valid, "the token was issued in the future");
    }
    TokenTimes times{.issued = std::nullopt, .expires = whole_seconds(**expires)};
    if (*issued) times.issued = whole_microseconds(**issued);
    return times;
}

// Another type than a text is no name by which anybody could end the token.
std::optional<std::string> id_of(const JsonNode& claims) {
    const JsonNode* claim = claims.find("jti");
    if (claim == nullptr || !claim->is(JsonType::string)) return std::nullopt;
    return std::string(claim->text());
}

// Of a string itself, of an array of strings its elements; nothing of all else.
std::optional<std::vector<std::string>> strings_in(const JsonNode& claim) {
    if (claim.is(JsonType::string)) return std::vector{std::string(claim.text())};
    if (!claim.is(JsonType::array)) return std::nullopt;
    std::vector<std::string> strings;
    for (const JsonNode& element : claim) {
        if (!element.is(JsonType::string)) return std::nullopt;
        strings.emplace_back(element.text());
    }
    return strings;
}

bool is_issued_by(const JsonNode& claims, std::string_view issuer) {
    const JsonNode* claim = claims.find("iss");
    return claim != nullptr && claim->is(JsonType::string) && claim->text() == issuer;
}

bool is_meant_for(const JsonNode& claims, std::string_view audience) {
    const JsonNode* claim = claims.find("aud");
    if (claim == nullptr) return false;
    const auto names = strings_in(*claim);
    return names && std::find(names->begin(), names->end(), audience) != names->end();
}

Checked<void> check_rules(const JsonNode& claims, const TokenRules& rules) {
    if (!rules.issuer.empty() && !is_issued_by(claims, rules.issuer)) {
        return refuse(RefusalReason::wrong_issuer,
                      "the token was not issued by the expected issuer");
    }
    if (!rules.audience.empty() && !is_meant_for(claims, rules.audience)) {
        return refuse(RefusalReason::wrong_audience, "the token is meant for another audience");
    }
    return {};
}

// Nothing that cannot be read may widen what a caller may do, so it is not passed over.
Result<std::vector<engine::Grant>> read_grants(const JsonNode& claim) {
    const auto texts = claim.is(JsonType::array) ? strings_in(claim) : std::nullopt;
    if (!texts) return refuse("the grants of the token are not an array of strings");
    std::vector<engine::Grant> grants;
    for (const std::string& text : *texts) {
        auto grant = engine::parse_grant(text);
        if (!grant) return refuse("the token has a grant that is not known here");
        grants.push_back(std::move(*grant));
    }
    return grants;
}

// As it is compared with attributes; nothing for what is compared with none.
std::optional<std::string> compared_text(const JsonNode& value) {
    if (value.is(JsonType::string)) return std::string(value.text());
    if (value.is(JsonType::boolean)) return value.truth() ? "true" : "false";
    if (!value.is(JsonType::number)) return std::nullopt;
    const auto number = Decimal::parse(value.text());
    return number ? std::optional(number->canonical()) : std::nullopt;
}

}  // namespace

bool is_registered_claim(std::string_view name) {
    return name == "sub" || name == "role" || engine::is_of_token(name);
}

std::optional<std::vector<std::string>> compared_texts(const JsonNode& claim) {
    if (!claim.is(JsonType::array)) {
        auto text = compared_text(claim);
        if (!text) return std::nullopt;
        return std::vector{*std::move(text)};
    }
    std::vector<std::string> texts;
    for (const JsonNode& element : claim) {
        auto text = compared_text(element);
        if (!text) return std::nullopt;
        texts.push_back(*std::move(text));
    }
    return texts;
}

std::optional<JsonDocument> parse_claims(std::string text) {
    auto document = JsonDocument::parse(std::move(text));
    if (!document || !document->root().is(JsonType::object)) return std::nullopt;
    std::vector<std::string_view> names;
    for (const JsonNode& member : document->root()) names.push_back(member.name());
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) return std::nullopt;
    return std::move(*document);
}

Result<Caller> caller_of(const JsonNode& claims) {
    Caller caller;
    if (const JsonNode* subject = claims.find("sub")) {
        if (!subject->is(JsonType::string)) {
            return refuse("the sub of the token is not a string");
        }
        caller.subject = subject->text();
        // As names of machines begin where both could be meant (http/routes/command_name.cc).
        if (caller.subject.starts_with('\0')) return refuse("the sub of the token begins with NUL");
    }
    if (const JsonNode* role = claims.find("role")) {
        auto roles = strings_in(*role);
        if (!roles) return refuse("the role of the token is not a string or an array of strings");
        caller.roles = std::move(*roles);
    }
    if (const JsonNode* claim = claims.find("grants")) {
        auto grants = read_grants(*claim);
        if (!grants) return fail(grants.error());
        caller.grants = std::move(*grants);
    }
    for (const JsonNode& claim : claims) {
        if (is_registered_claim(claim.name())) continue;
        auto texts = compared_texts(claim);
        if (texts && !texts->empty()) caller.claims.emplace(claim.name(), *std::move(texts));
    }
    return caller;
}

std::string_view name_of(TokenAlgorithm algorithm) {
    return algorithm == TokenAlgorithm::hs256 ? "HS256" : "EdDSA";
}

TokenKey::TokenKey(std::string id, std::shared_ptr<const KeyMaterial> material)
    : id_(std::move(id)), material_(std::move(material)) {}

bool TokenKey::operator==(const TokenKey& other) const {
    return id_ == other.id_ && material_->is_same(*other.material_);
}

Result<TokenKey> TokenKey::hmac(std::string id, std::string_view secret) {
    if (secret.size() < hmac_secret_bytes_min) {
        return refuse("the secret is too short, expected at least " +
                      std::to_string(hmac_secret_bytes_min) + " random bytes");
    }
    if (secret.find("-----BEGIN ") != std::string_view::npos) {
        return refuse("found a key in PEM, expected a secret of random bytes");
    }
    return TokenKey(std::move(id), std::make_shared<const HmacSecret>(secret));
}

Result<TokenKey> TokenKey::ed25519(std::string id, std::string_view pem) {
    constexpr std::string_view expected =
        "expected the PEM of one Ed25519 key, public or private, without a passphrase";
    const std::size_t begin = pem.find("-----BEGIN ");
    if (begin == std::string_view::npos || begin != pem.rfind("-----BEGIN ") ||
        pem.size() > pem_bytes_max) {
        return refuse(expected);
    }

    const ErrorsCleared cleared;
    const bool is_private = pem.substr(begin).starts_with("-----BEGIN PRIVATE KEY-----");
    Key key = read_pem(pem, is_private);
    if (!key) return refuse(expected);
    if (EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
        return refuse("found a key of another kind, expected an Ed25519 key");
    }
    return TokenKey(std::move(id), std::make_shared<const Ed25519Key>(std::move(key), is_private));
}

TokenAlgorithm TokenKey::algorithm() const {
    return material_->algorithm();
}

bool TokenKey::can_sign() const {
    return material_->can_sign();
}

bool TokenKey::verifies(std::string_view signed_part, std::string_view signature) const {
    return material_->verifies(signed_part, signature);
}

Result<std::string> TokenKey::sign(std::string_view signed_part) const {
    return material_->sign(signed_part);
}

TokenVerifier::TokenVerifier(std::vector<TokenKey> keys, TokenRules rules)
    : keys_(std::move(keys)), rules_(std::move(rules)) {}

tl::expected<Token, TokenRefusal> TokenVerifier::verify(std::string_view token,
                                                        std::chrono::sys_seconds now) const {
    if (token.size() > token_bytes_max) {
        return refuse(RefusalReason::malformed,
                      "the token is longer than " + std::to_string(token_bytes_max) + " bytes");
    }
    auto parts = take_apart(token);
    if (!parts) return refuse(RefusalReason::malformed, not_a_token);
    const auto header = read_header(std::move(parts->header));
    if (!header) return tl::unexpected(header.error());
    const auto key = signer_of(keys_, *header, *parts);
    if (!key) return tl::unexpected(key.error());

    const auto claims = parse_claims(std::move(parts->claims));
    if (!claims) {
        return refuse(RefusalReason::malformed,
                      "the claims of the token are not a JSON object with each name once");
    }
    const auto times = check_times(claims->root(), now);
    if (!times) return tl::unexpected(times.error());
    const auto young = check_life(*times, rules_.life);
    if (!young) return tl::unexpected(young.error());
    const auto held = check_rules(claims->root(), rules_);
    if (!held) return tl::unexpected(held.error());
    auto caller = caller_of(claims->root());
    if (!caller) return refuse(RefusalReason::malformed, caller.error().message);
    return Token{.caller = std::move(*caller),
                 .expires = times->expires,
                 .key_id = (*key)->id(),
                 .id = id_of(claims->root()),
                 .issued = times->issued};
}

Result<std::string> make_token(const TokenKey& key, std::string_view claims_json) {
    std::string header = R"({"alg":)";
    engine::append_json_string(header, name_of(key.algorithm()));
    header += R"(,"kid":)";
    engine::append_json_string(header, key.id());
    header += R"(,"typ":"JWT"})";

    std::string token;
    engine::append_base64url(token, header);
    token += '.';
    engine::append_base64url(token, claims_json);
    const auto signature = key.sign(token);
    if (!signature) return fail(signature.error());
    token += '.';
    engine::append_base64url(token, *signature);
    if (token.size() > token_bytes_max) {
        return fail(Errc::too_large,
                    "the token would be longer than " + std::to_string(token_bytes_max) + " bytes");
    }
    return token;
}

}  // namespace freshet::http
