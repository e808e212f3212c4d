#include "http/credentials/token.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <utility>

#include "engine/text/base64.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds noon{seconds{1'800'000'000}};
constexpr std::string_view claims_of_anna = R"({"sub":"anna","exp":1800000100})";

std::string base64url(std::string_view bytes) {
    std::string text;
    engine::append_base64url(text, bytes);
    return text;
}

std::string from_base64url(std::string_view text) {
    return engine::decode_base64url(text).value_or("");
}

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string pem_of(std::string_view label, std::string_view der) {
    std::string pem = "-----BEGIN " + std::string(label) + "-----\n";
    engine::append_base64(pem, der);
    return pem + "\n-----END " + std::string(label) + "-----\n";
}

std::string public_der(std::string_view key) {
    return from_hex("302a300506032b6570032100") + std::string(key);
}

std::string public_pem(std::string_view key) {
    return pem_of("PUBLIC KEY", public_der(key));
}

std::string private_pem(std::string_view seed) {
    return pem_of("PRIVATE KEY", from_hex("302e020100300506032b657004220420") + std::string(seed));
}

// The keys of RFC 8037, appendix A, and of the second test of RFC 8032, section 7.1.
const std::string anna_seed = from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
const std::string anna_public = from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
const std::string bert_seed =
    from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string bert_public =
    from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");

TokenKey hmac_key(std::string id, char filled_with) {
    return TokenKey::hmac(std::move(id), std::string(hmac_secret_bytes_min, filled_with)).value();
}

TokenKey ed25519_key(std::string id, const std::string& pem) {
    return TokenKey::ed25519(std::move(id), pem).value();
}

// What signs in these tests.
struct Keyring {
    TokenKey hmac = hmac_key("h1", 'a');
    TokenKey other_hmac = hmac_key("h2", 'b');
    TokenKey ed25519 = ed25519_key("e1", private_pem(anna_seed));
    TokenKey other_ed25519 = ed25519_key("e2", private_pem(bert_seed));
};

// It knows all of them, the Ed25519 ones by their public half.
TokenVerifier verifier_of_all(TokenRules rules = {}) {
    const Keyring keys;
    return {{keys.hmac, keys.other_hmac, ed25519_key("e1", public_pem(anna_public)),
             ed25519_key("e2", public_pem(bert_public))},
            std::move(rules)};
}

std::string signed_part_of(std::string_view header, std::string_view claims) {
    return base64url(header) + "." + base64url(claims);
}

std::string signed_by(const TokenKey& key, std::string_view header, std::string_view claims) {
    const std::string signed_part = signed_part_of(header, claims);
    return signed_part + "." + base64url(key.sign(signed_part).value());
}

// By any bytes, also those that TokenKey takes for no secret.
std::string signed_by_secret(std::string_view secret, std::string_view header,
                             std::string_view claims) {
    const std::string signed_part = signed_part_of(header, claims);
    std::string code(32, '\0');
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(),
         reinterpret_cast<unsigned char*>(code.data()), &size);
    return signed_part + "." + base64url(code);
}

std::string made_with(const TokenKey& key, std::string_view claims) {
    return make_token(key, claims).value();
}

Result<Token> verified(const std::string& claims, TokenRules rules = {}) {
    return verifier_of_all(std::move(rules)).verify(made_with(Keyring().hmac, claims), noon);
}

struct Refusal {
    std::string what;
    std::string token;
    std::string why;
};

constexpr std::string_view not_a_token = "the credential is not a JSON Web Token";
constexpr std::string_view wrong_algorithm =
    "the token is signed in a way that is not accepted here";
constexpr std::string_view unknown_key = "the token is signed by a key that is not known here";
constexpr std::string_view wrong_signature = "the signature of the token is wrong";

void expect_refused(const TokenVerifier& verifier, const std::vector<Refusal>& refusals) {
    for (const Refusal& refusal : refusals) {
        SCOPED_TRACE(refusal.what);

        const auto token = verifier.verify(refusal.token, noon);

        ASSERT_FALSE(token);
        EXPECT_EQ(token.error().code, Errc::refused);
        EXPECT_EQ(token.error().message, refusal.why);
        EXPECT_EQ(ERR_peek_error(), 0UL);
    }
}

// Each with whole claims and a right signature: only what the header says is wrong.
std::vector<Refusal> refused_headers(const TokenKey& key,
                                     const std::vector<std::pair<std::string, std::string>>& all) {
    std::vector<Refusal> refusals;
    refusals.reserve(all.size());
    for (const auto& [header, why] : all) {
        refusals.push_back({header, signed_by(key, header, claims_of_anna), why});
    }
    return refusals;
}

void expect_claims_refused(const std::vector<std::pair<std::string, std::string>>& all,
                           const TokenRules& rules = {}) {
    const Keyring keys;
    std::vector<Refusal> refusals;
    refusals.reserve(all.size());
    for (const auto& [claims, why] : all) {
        refusals.push_back({claims, made_with(keys.hmac, claims), why});
    }
    expect_refused(verifier_of_all(rules), refusals);
}

TEST(Token, MadeWithAnyKeyIsBelieved) {
    const Keyring keys;
    const TokenVerifier verifier = verifier_of_all();

    for (const TokenKey& key : {keys.hmac, keys.other_hmac, keys.ed25519, keys.other_ed25519}) {
        const auto token = verifier.verify(made_with(key, claims_of_anna), noon);

        ASSERT_TRUE(token) << token.error().message;
        EXPECT_EQ(token->key_id, key.id());
        EXPECT_EQ(token->expires, noon + seconds{100});
        EXPECT_EQ(token->caller.subject, "anna");
    }
}

TEST(Token, NamesItsAlgorithmItsKeyAndItsType) {
    const std::string token = made_with(hmac_key("2026-\"11\"", 'a'), claims_of_anna);

    const std::string header = from_base64url(token.substr(0, token.find('.')));

    EXPECT_EQ(header, R"({"alg":"HS256","kid":"2026-\"11\"","typ":"JWT"})");
    EXPECT_EQ(name_of(TokenAlgorithm::hs256), "HS256");
    EXPECT_EQ(name_of(TokenAlgorithm::ed25519), "EdDSA");
}

TEST(Token, WithoutAKeysIdMayBeSignedByAnyKeyOfItsAlgorithm) {
    const Keyring keys;
    const TokenVerifier verifier = verifier_of_all();

    const auto hmac =
        verifier.verify(signed_by(keys.other_hmac, R"({"alg":"HS256"})", claims_of_anna), noon);
    const auto ed25519 =
        verifier.verify(signed_by(keys.other_ed25519, R"({"alg":"EdDSA"})", claims_of_anna), noon);

    ASSERT_TRUE(hmac);
    EXPECT_EQ(hmac->key_id, "h2");
    ASSERT_TRUE(ed25519);
    EXPECT_EQ(ed25519->key_id, "e2");
}

TEST(Token, MaySayItsTypeInAnyCase) {
    const Keyring keys;

    for (const std::string type : {"JWT", "jwt", "at+jwt", "AT+JWT"}) {
        const std::string header = R"({"typ":")" + type + R"(","alg":"HS256"})";

        EXPECT_TRUE(verifier_of_all().verify(signed_by(keys.hmac, header, claims_of_anna), noon))
            << type;
    }
}

TEST(Token, MayBeAsLongAsTheLimitAndNoLonger) {
    const Keyring keys;
    const auto claims = [](std::size_t bytes) {
        return R"({"exp":1800000100,"x":")" + std::string(bytes, 'x') + R"("})";
    };
    const std::size_t without = made_with(keys.hmac, claims(0)).size();
    const std::size_t most = (token_bytes_max - without) / 4 * 3;

    EXPECT_TRUE(verifier_of_all().verify(made_with(keys.hmac, claims(most)), noon));
    const auto longer = make_token(keys.hmac, claims(most + 6));
    const auto read = verifier_of_all().verify(
        signed_by(keys.hmac, R"({"alg":"HS256","kid":"h1","typ":"JWT"})", claims(most + 6)), noon);

    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, Errc::too_large);
    EXPECT_EQ(longer.error().message, "the token would be longer than 4096 bytes");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::refused);
    EXPECT_EQ(read.error().message, "the token is longer than 4096 bytes");
}

TEST(Token, BecomesTheCallerThatItsClaimsDescribe) {
    const auto token = verified(R"({"iss":"shop","aud":"freshet","exp":1800000100,"nbf":1799999990,
        "iat":1799999990,"jti":"1","sub":"anna","role":["baker","driver"],
        "grants":["read:orders-*","watch","ingest:orders"],
        "tenant":"t1","branch":75e-1,"night":true,"day":false,
        "zones":["n",10,1.50,false],"mixed":["n",{"a":"b"}],"address":{"city":"x"},"car":null,
        "none":[],"huge":1e9999999,"n\u0061me":"\u00e9"})");

    ASSERT_TRUE(token) << token.error().message;
    const engine::Caller expected{
        .subject = "anna",
        .roles = {"baker", "driver"},
        .claims = {{"tenant", {"t1"}},
                   {"branch", {"7.5"}},
                   {"night", {"true"}},
                   {"day", {"false"}},
                   {"zones", {"n", "10", "1.5", "false"}},
                   {"name", {"\u00e9"}}},
        .grants = std::vector<engine::Grant>{{engine::Right::read, "orders-", true},
                                             {engine::Right::watch, "", true},
                                             {engine::Right::ingest, "orders", false}}};
    EXPECT_EQ(token->caller, expected);
}

TEST(Token, SaysWhichItIsAndWhenItWasIssued) {
    const auto token = verified(R"({"exp":1800000100,"iat":1799999990.25,"jti":"7"})").value();
    EXPECT_EQ(token.id, "7");
    EXPECT_EQ(token.issued, noon - std::chrono::milliseconds(9'750));

    const auto silent = verified(R"({"exp":1800000100,"jti":7})").value();
    EXPECT_EQ(silent.id, std::nullopt);
    EXPECT_EQ(silent.issued, std::nullopt);
    const auto issued = [](const std::string& time) {
        return verified(R"({"exp":1800000100,"iat":)" + time + "}").value().issued.value();
    };
    // Rounded down, so that a revocation never misses it.
    EXPECT_EQ(issued("1799999990.0000009"), noon - seconds{10});
    EXPECT_EQ(issued("17999999900e-1"), noon - seconds{10});
    EXPECT_EQ(issued("0"), storage::AppendTime{});
    EXPECT_EQ(issued("0.0000011"), storage::AppendTime{std::chrono::microseconds{1}});
    EXPECT_EQ(issued("1e-9"), storage::AppendTime{});
}

// Otherwise it would be refused at first, and be believed once its end has come near, when nobody
// remembers any more that it was revoked.
TEST(Token, LivesNoLongerThanItMayFromItsIssueOn) {
    const TokenVerifier verifier = verifier_of_all({.life = seconds{110}});
    const auto outcome = [&](const std::string& claims) {
        const auto read = verifier.verify(made_with(Keyring().hmac, claims), noon);
        return read ? "" : read.error().message;
    };

    EXPECT_EQ(outcome(R"({"exp":1800000100,"iat":1799999990})"), "");
    EXPECT_EQ(outcome(R"({"exp":1800000100.5,"iat":1799999990})"), "");
    EXPECT_EQ(outcome(R"({"exp":1800000100,"iat":1799999989.5})"),
              "the token is good for more than the 110 s that token_life_s in [auth] allows");
    EXPECT_EQ(outcome(R"({"exp":1800000060})"),
              "the token does not say when it was issued (iat), as token_life_s in [auth] asks "
              "for");
    const auto refused = verifier.verify(made_with(Keyring().hmac, R"({"exp":1800000060})"), noon);
    EXPECT_EQ(refused.error().reason, RefusalReason::lives_too_long);
}

TEST(Token, WithOnlyATimeIsACallerWithoutNameOrRole) {
    const auto token = verified(R"({"exp":1800000100})");

    ASSERT_TRUE(token);
    EXPECT_EQ(token->caller, engine::Caller{});
    EXPECT_EQ(token->caller.grants, std::nullopt);
}

TEST(Token, WithOneRoleAsAStringHasThatRole) {
    EXPECT_EQ(verified(R"({"exp":1800000100,"role":"baker"})").value().caller.roles,
              std::vector<std::string>{"baker"});
}

TEST(Token, WithAnEmptyListOfGrantsMayDoNothing) {
    const auto token = verified(R"({"exp":1800000100,"grants":[]})");

    ASSERT_TRUE(token);
    EXPECT_EQ(token->caller.grants, std::vector<engine::Grant>{});
}

TEST(Token, IsBelievedUntilItsExpiryAndTheLeeway) {
    const TokenVerifier verifier = verifier_of_all();
    const std::string token = made_with(Keyring().hmac, claims_of_anna);
    const sys_seconds expires = noon + seconds{100};

    EXPECT_TRUE(verifier.verify(token, expires - seconds{1}));
    EXPECT_TRUE(verifier.verify(token, expires + token_leeway - seconds{1}));
    const auto late = verifier.verify(token, expires + token_leeway);

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().message, "the token has expired");
}

TEST(Token, MayHaveTimesWithAFraction) {
    const TokenVerifier verifier = verifier_of_all();
    const std::string token =
        made_with(Keyring().hmac, R"({"exp":1800000100.5,"nbf":1800000000.25,"iat":18e8})");
    const sys_seconds expires = noon + seconds{100};

    const auto read = verifier.verify(token, expires + token_leeway);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->expires, expires);
    EXPECT_FALSE(verifier.verify(token, expires + token_leeway + seconds{1}));
    EXPECT_TRUE(verifier.verify(token, noon + seconds{1} - token_leeway));
    EXPECT_FALSE(verifier.verify(token, noon - token_leeway));
}

TEST(Token, MayLiveUntilTheYear9999Ends) {
    EXPECT_EQ(verified(R"({"exp":253402300799})").value().expires,
              sys_seconds{seconds{253'402'300'799}});
    EXPECT_EQ(verified(R"({"exp":2534e8})").value().expires, sys_seconds{seconds{253'400'000'000}});
}

TEST(Token, IsRefusedForItsTimes) {
    expect_claims_refused({
        {R"({"sub":"anna"})", "the token never expires, as it has no exp"},
        {R"({"exp":1799999970})", "the token has expired"},
        {R"({"exp":0})", "the token has expired"},
        {R"({"exp":1e-1000000})", "the token has expired"},
        {R"({"exp":-1800000100})", "the exp of the token is not a time in seconds"},
        {R"({"exp":"1800000100"})", "the exp of the token is not a time in seconds"},
        {R"({"exp":null})", "the exp of the token is not a time in seconds"},
        {R"({"exp":true})", "the exp of the token is not a time in seconds"},
        {R"({"exp":[1800000100]})", "the exp of the token is not a time in seconds"},
        {R"({"exp":253402300800})", "the exp of the token is not a time in seconds"},
        {R"({"exp":18446744073709551617800})", "the exp of the token is not a time in seconds"},
        {R"({"exp":1e999})", "the exp of the token is not a time in seconds"},
        {R"({"exp":1e99999999999999999999})", "the exp of the token is not a time in seconds"},
        {R"({"exp":1800000100,"nbf":1800000031})", "the token is not valid yet"},
        {R"({"exp":1800000100,"nbf":1800000030.001})", "the token is not valid yet"},
        {R"({"exp":1800000100,"nbf":"0"})", "the nbf of the token is not a time in seconds"},
        {R"({"exp":1800000100,"nbf":-1})", "the nbf of the token is not a time in seconds"},
        {R"({"exp":1800000100,"nbf":null})", "the nbf of the token is not a time in seconds"},
        {R"({"exp":1800000100,"iat":1800000031})", "the token was issued in the future"},
        {R"({"exp":1800000100,"iat":{}})", "the iat of the token is not a time in seconds"},
        {R"({"exp":1800000100,"iat":1e20})", "the iat of the token is not a time in seconds"},
    });
    EXPECT_TRUE(verified(R"({"exp":1800000100,"nbf":1800000030,"iat":1800000030})"));
    EXPECT_TRUE(verified(R"({"exp":1799999971})"));
}

TEST(Token, IsRefusedForItsClaims) {
    const std::string no_object =
        "the claims of the token are not a JSON object with each name once";
    const std::string no_role = "the role of the token is not a string or an array of strings";
    const std::string no_grants = "the grants of the token are not an array of strings";
    const std::string no_grant = "the token has a grant that is not known here";
    const std::string deep =
        R"({"exp":1800000100,"x":)" + std::string(200, '[') + std::string(200, ']') + "}";

    expect_claims_refused({
        {"", no_object},
        {"null", no_object},
        {"[]", no_object},
        {R"("exp")", no_object},
        {R"({"exp":1800000100)", no_object},
        {R"({"exp":1800000100}})", no_object},
        {R"({"exp":1800000100} {})", no_object},
        {R"({"exp":1800000100,})", no_object},
        {R"({"exp":NaN})", no_object},
        {R"({"exp":Infinity})", no_object},
        {"{\"exp\":1800000100,\"sub\":\"\xff\"}", no_object},
        {deep, no_object},
        {R"({"exp":1,"exp":1800000100})", no_object},
        {R"({"exp":1800000100,"sub":"anna","\u0073ub":"bert"})", no_object},
        {R"({"exp":1800000100,"x":null,"y":1,"x":null})", no_object},
        {R"({"exp":1800000100,"sub":7})", "the sub of the token is not a string"},
        {R"({"exp":1800000100,"sub":null})", "the sub of the token is not a string"},
        {R"({"exp":1800000100,"sub":"\u0000a"})", "the sub of the token begins with NUL"},
        {R"({"exp":1800000100,"role":null})", no_role},
        {R"({"exp":1800000100,"role":{"a":1}})", no_role},
        {R"({"exp":1800000100,"role":["baker",1]})", no_role},
        {R"({"exp":1800000100,"grants":null})", no_grants},
        {R"({"exp":1800000100,"grants":"read"})", no_grants},
        {R"({"exp":1800000100,"grants":{"read":true}})", no_grants},
        {R"({"exp":1800000100,"grants":["read",null]})", no_grants},
        {R"({"exp":1800000100,"grants":["read","fly:orders"]})", no_grant},
        {R"({"exp":1800000100,"grants":["read:a*b"]})", no_grant},
        {R"({"exp":1800000100,"grants":["read:"]})", no_grant},
        {R"({"exp":1800000100,"grants":[""]})", no_grant},
    });
}

TEST(Token, IsRefusedFromAnotherIssuer) {
    const TokenRules rules{.issuer = "https://shop.example", .audience = ""};
    const std::string why = "the token was not issued by the expected issuer";

    expect_claims_refused({{R"({"exp":1800000100})", why},
                           {R"({"exp":1800000100,"iss":""})", why},
                           {R"({"exp":1800000100,"iss":"https://shop.example/"})", why},
                           {R"({"exp":1800000100,"iss":"HTTPS://shop.example"})", why},
                           {R"({"exp":1800000100,"iss":["https://shop.example"]})", why}},
                          rules);
    EXPECT_TRUE(verified(R"({"exp":1800000100,"iss":"https://shop.example"})", rules));
    EXPECT_TRUE(verified(R"({"exp":1800000100,"iss":"https://other.example"})"));
}

TEST(Token, IsRefusedIfMeantForAnotherAudience) {
    const TokenRules rules{.issuer = "", .audience = "freshet"};
    const std::string why = "the token is meant for another audience";

    expect_claims_refused({{R"({"exp":1800000100})", why},
                           {R"({"exp":1800000100,"aud":""})", why},
                           {R"({"exp":1800000100,"aud":"freshets"})", why},
                           {R"({"exp":1800000100,"aud":[]})", why},
                           {R"({"exp":1800000100,"aud":["other"]})", why},
                           {R"({"exp":1800000100,"aud":["freshet",1]})", why},
                           {R"({"exp":1800000100,"aud":{"freshet":1}})", why}},
                          rules);
    EXPECT_TRUE(verified(R"({"exp":1800000100,"aud":"freshet"})", rules));
    EXPECT_TRUE(verified(R"({"exp":1800000100,"aud":["other","freshet"]})", rules));
    EXPECT_TRUE(verified(R"({"exp":1800000100,"aud":"other"})"));
}

TEST(Token, IsRefusedForItsHeader) {
    const std::string other_way(wrong_algorithm);
    const std::string no_token(not_a_token);
    const std::string no_key(unknown_key);

    expect_refused(
        verifier_of_all(),
        refused_headers(
            Keyring().hmac,
            {{"", no_token},
             {"HS256", no_token},
             {"null", no_token},
             {R"(["HS256"])", no_token},
             {R"({"alg":"HS256"} )" + std::string(1, '\0'), no_token},
             {R"({"alg":"HS256","alg":"HS256"})", no_token},
             {R"({"alg":"none","alg":"HS256"})", no_token},
             {R"({"alg":"HS256","\u0061lg":"none"})", no_token},
             {R"({"alg":"HS256","kid":"h1","kid":"h2"})", no_token},
             {R"({"alg":"HS256","typ":"JWE"})", no_token},
             {R"({"alg":"HS256","typ":""})", no_token},
             {R"({"alg":"HS256","typ":null})", no_token},
             {"{}", other_way},
             {R"({"typ":"JWT","kid":"h1"})", other_way},
             {R"({"alg":null})", other_way},
             {R"({"alg":["HS256"]})", other_way},
             {R"({"alg":""})", other_way},
             {R"({"alg":"none"})", other_way},
             {R"({"alg":"None"})", other_way},
             {R"({"alg":"nOnE"})", other_way},
             {R"({"alg":"NONE"})", other_way},
             {R"({"alg":"hs256"})", other_way},
             {R"({"alg":"HS256 "})", other_way},
             {R"({"alg":"HS256\u0000"})", other_way},
             {R"({"alg":"HS384"})", other_way},
             {R"({"alg":"HS512"})", other_way},
             {R"({"alg":"RS256"})", other_way},
             {R"({"alg":"ES256"})", other_way},
             {R"({"alg":"EdDSA","kid":"h1"})", other_way},
             {R"({"alg":"HS256","kid":"e1"})", other_way},
             {R"({"alg":"HS256","kid":"h1","crit":["exp"],"exp":1})", other_way},
             {R"({"alg":"HS256","kid":"h1","crit":[]})", other_way},
             {R"({"alg":"HS256","kid":"h1","crit":null})", other_way},
             {R"({"alg":"HS256","kid":"h1","b64":false,"crit":["b64"]})", other_way},
             {R"({"alg":"HS256","kid":"h1","b64":false})", other_way},
             {R"({"alg":"HS256","kid":"h1","b64":true})", other_way},
             {R"({"alg":"HS256","kid":"h1","jku":"https://evil.example/keys"})", other_way},
             {R"({"alg":"HS256","kid":"h1","jwk":{"kty":"oct","k":"AAAA"}})", other_way},
             {R"({"alg":"HS256","kid":"h1","x5u":"https://evil.example/cert"})", other_way},
             {R"({"alg":"HS256","kid":"h1","x5c":["AAAA"]})", other_way},
             {R"({"alg":"HS256","kid":"h3"})", no_key},
             {R"({"alg":"HS256","kid":"H1"})", no_key},
             {R"({"alg":"HS256","kid":""})", no_key},
             {R"({"alg":"HS256","kid":null})", no_key},
             {R"({"alg":"HS256","kid":1})", no_key},
             {R"({"alg":"HS256","kid":["h1"]})", no_key},
             {R"({"alg":"HS256","kid":"../../../dev/null"})", no_key},
             {R"({"alg":"HS256","kid":"h1\u0000"})", no_key},
             {R"({"alg":"HS256","kid":"h1' OR '1'='1"})", no_key},
             {R"({"alg":"HS256","kid":"h2"})", std::string(wrong_signature)}}));
}

TEST(Token, WithoutASignatureIsRefused) {
    const auto unsigned_token = [](std::string_view header) {
        return signed_part_of(header, claims_of_anna) + ".";
    };
    const std::string other_way(wrong_algorithm);
    const std::string wrong(wrong_signature);

    expect_refused(verifier_of_all(),
                   {{"none", unsigned_token(R"({"alg":"none"})"), other_way},
                    {"None", unsigned_token(R"({"alg":"None","kid":"h1"})"), other_way},
                    {"nOnE", unsigned_token(R"({"alg":"nOnE","kid":"e1"})"), other_way},
                    {"no algorithm", unsigned_token(R"({"typ":"JWT"})"), other_way},
                    {"HS256", unsigned_token(R"({"alg":"HS256"})"), wrong},
                    {"HS256 of a key", unsigned_token(R"({"alg":"HS256","kid":"h1"})"), wrong},
                    {"EdDSA", unsigned_token(R"({"alg":"EdDSA"})"), wrong},
                    {"EdDSA of a key", unsigned_token(R"({"alg":"EdDSA","kid":"e1"})"), wrong}});
}

TEST(Token, SignedByWhatEverybodyKnowsIsRefused) {
    const Keyring keys;
    const TokenKey public_key = ed25519_key("e1", public_pem(anna_public));
    const std::string pem = public_pem(anna_public);
    const std::string line = pem.substr(0, pem.size() - 1);
    const std::string der = public_der(anna_public);
    const std::string plain = R"({"alg":"HS256"})";
    const std::string of_key = R"({"alg":"HS256","kid":"e1"})";
    const std::string edwards = R"({"alg":"EdDSA","kid":"e1"})";
    const std::string other_way(wrong_algorithm);
    const std::string wrong(wrong_signature);

    const std::vector<Refusal> without_secrets = {
        {"PEM", signed_by_secret(pem, plain, claims_of_anna), other_way},
        {"PEM without its last newline", signed_by_secret(line, plain, claims_of_anna), other_way},
        {"DER", signed_by_secret(der, plain, claims_of_anna), other_way},
        {"bytes", signed_by_secret(anna_public, plain, claims_of_anna), other_way},
        {"PEM, key named", signed_by_secret(pem, of_key, claims_of_anna), other_way},
        {"DER, key named", signed_by_secret(der, of_key, claims_of_anna), other_way},
        {"PEM, as EdDSA", signed_by_secret(pem, edwards, claims_of_anna), wrong}};
    const std::vector<Refusal> with_secrets = {
        {"PEM", signed_by_secret(pem, plain, claims_of_anna), wrong},
        {"DER", signed_by_secret(der, plain, claims_of_anna), wrong},
        {"nothing", signed_by_secret("", plain, claims_of_anna), wrong},
        {"zeros", signed_by_secret(std::string(32, '\0'), plain, claims_of_anna), wrong},
        {"the key's id", signed_by_secret("h1", plain, claims_of_anna), wrong},
        {"PEM, key named", signed_by_secret(pem, of_key, claims_of_anna), other_way},
        {"DER, key named", signed_by_secret(der, of_key, claims_of_anna), other_way}};

    expect_refused(TokenVerifier({public_key}, {}), without_secrets);
    expect_refused(verifier_of_all(), with_secrets);
}

TEST(Token, OfAnAlgorithmThatIsNotItsKeysIsRefused) {
    const Keyring keys;
    const std::string hmac = R"({"alg":"HS256","kid":"e1"})";
    const std::string edwards = R"({"alg":"EdDSA","kid":"h1"})";

    expect_refused(
        verifier_of_all(),
        {{"HS256 named EdDSA", signed_by(keys.hmac, edwards, claims_of_anna),
          std::string(wrong_algorithm)},
         {"HS256 named EdDSA, no key", signed_by(keys.hmac, R"({"alg":"EdDSA"})", claims_of_anna),
          std::string(wrong_signature)},
         {"EdDSA named HS256", signed_by(keys.ed25519, hmac, claims_of_anna),
          std::string(wrong_algorithm)},
         {"EdDSA named HS256, no key",
          signed_by(keys.ed25519, R"({"alg":"HS256"})", claims_of_anna),
          std::string(wrong_signature)}});
}

TEST(Token, NamingAKeyThatDidNotSignItIsRefused) {
    const Keyring keys;
    const std::string wrong(wrong_signature);

    expect_refused(
        verifier_of_all(),
        {{"HS256", signed_by(keys.other_hmac, R"({"alg":"HS256","kid":"h1"})", claims_of_anna),
          wrong},
         {"EdDSA", signed_by(keys.other_ed25519, R"({"alg":"EdDSA","kid":"e1"})", claims_of_anna),
          wrong}});
}

TEST(Token, IsRefusedWhereNoKeyIsKnown) {
    const Keyring keys;

    expect_refused(TokenVerifier({}, {}),
                   {{"key named", made_with(keys.hmac, claims_of_anna), std::string(unknown_key)},
                    {"no key", signed_by(keys.hmac, R"({"alg":"HS256"})", claims_of_anna),
                     std::string(unknown_key)}});
}

TEST(Token, OfAnotherFormIsRefused) {
    const Keyring keys;
    const std::string token = made_with(keys.hmac, claims_of_anna);
    const std::string other = made_with(keys.ed25519, claims_of_anna);
    const std::string signed_part = token.substr(0, token.rfind('.'));
    const std::string signature = token.substr(token.rfind('.') + 1);
    const std::string header = token.substr(0, token.find('.'));
    const std::string claims = signed_part.substr(header.size() + 1);
    const std::string no_token(not_a_token);

    expect_refused(verifier_of_all(),
                   {{"nothing", "", no_token},
                    {"a point", ".", no_token},
                    {"points", "..", no_token},
                    {"one part", header, no_token},
                    {"two parts", signed_part, no_token},
                    {"four parts", token + "." + signature, no_token},
                    {"a point at the end", token + ".", no_token},
                    {"a point at the start", "." + token, no_token},
                    {"five parts", "a.b.c.d.e", no_token},
                    {"five real parts", token + "." + signed_part, no_token},
                    {"two tokens", token + other, no_token},
                    {"two tokens, a point", token + "." + other, no_token},
                    {"no header", "." + claims + "." + signature, no_token},
                    {"no claims", header + ".." + signature, std::string(wrong_signature)},
                    {"a space before", " " + token, no_token},
                    {"a space after", token + " ", no_token},
                    {"a newline after", token + "\n", no_token},
                    {"a return after", token + "\r\n", no_token},
                    {"a zero after", token + std::string(1, '\0'), no_token},
                    {"padding after", token + "=", no_token},
                    {"padding of the header", header + "=." + claims + "." + signature, no_token},
                    {"a space inside", header + " ." + claims + "." + signature, no_token},
                    {"with its scheme", "Bearer " + token, no_token},
                    {"JSON", R"({"payload":"","signatures":[]})", no_token},
                    {"bytes", "\xff\xfe.\x80.\x01", no_token}});
    EXPECT_TRUE(verifier_of_all().verify(token, noon));
}

// The same number modulo the order of the group: what makes signatures malleable if it is taken.
std::string with_order_added(std::string signature) {
    const std::string order =
        from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carried = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const unsigned sum = static_cast<unsigned char>(signature[32 + i]) +
                             static_cast<unsigned char>(order[i]) + carried;
        signature[32 + i] = static_cast<char>(sum & 255U);
        carried = sum >> 8U;
    }
    return signature;
}

TEST(Token, WithAnotherSignatureIsRefused) {
    const Keyring keys;
    std::vector<Refusal> refusals;
    for (const TokenKey& key : {keys.hmac, keys.ed25519}) {
        const std::string name(name_of(key.algorithm()));
        const std::string header = R"({"alg":")" + name + R"("})";
        const std::string part = signed_part_of(header, claims_of_anna) + ".";
        const std::string signature = key.sign(part.substr(0, part.size() - 1)).value();
        const auto with = [&](const std::string& what, const std::string& bytes) {
            refusals.push_back({std::string(name).append(", ").append(what),
                                part + base64url(bytes), std::string(wrong_signature)});
        };
        with("shortened", signature.substr(0, signature.size() - 1));
        with("without its first byte", signature.substr(1));
        with("half", signature.substr(0, signature.size() / 2));
        with("one byte", signature.substr(0, 1));
        with("lengthened", signature + std::string(1, '\0'));
        with("doubled", signature + signature);
        with("zeros", std::string(signature.size(), '\0'));
        with("ones", std::string(signature.size(), '\xff'));
        if (key.algorithm() == TokenAlgorithm::ed25519) {
            with("S + L", with_order_added(signature));
            with("halves swapped", signature.substr(32) + signature.substr(0, 32));
            with("S zero", signature.substr(0, 32) + std::string(32, '\0'));
        }
    }

    expect_refused(verifier_of_all(), refusals);
}

TEST(Token, WithUnusedBitsSetIsRefused) {
    const std::string token = made_with(Keyring().hmac, claims_of_anna);
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const std::size_t last = alphabet.find(token.back());
    ASSERT_EQ(last % 4, 0U);

    for (std::size_t bits = 1; bits < 4; ++bits) {
        std::string other = token;
        other.back() = alphabet[last + bits];

        EXPECT_FALSE(verifier_of_all().verify(other, noon));
    }
}

// Each token is believed as it was made, and by the same verifier not with any one bit changed.
void expect_every_bit_matters(const std::function<TokenKey(std::size_t)>& key_of,
                              std::uint64_t seed) {
    std::mt19937_64 dice(seed);
    const TokenVerifier verifier = verifier_of_all();
    for (std::size_t round = 0; round < 50; ++round) {
        std::string token = made_with(
            key_of(round), R"({"sub":")" + std::to_string(dice() % 100'000) + R"(","exp":)" +
                               std::to_string(1'800'000'001 + dice() % 1'000'000) + "}");
        ASSERT_TRUE(verifier.verify(token, noon)) << "seed " << seed << ", round " << round;
        for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
            char& character = token[bit / 8];
            const char before = character;
            character = static_cast<char>(static_cast<unsigned char>(before) ^ 1U << bit % 8);
            if (verifier.verify(token, noon)) {
                ADD_FAILURE() << "seed " << seed << ", round " << round << ", bit " << bit;
            }
            character = before;
        }
    }
}

TEST(Token, OfHmacWithAnyOneBitChangedIsRefused) {
    const Keyring keys;
    expect_every_bit_matters(
        [&](std::size_t round) { return round % 2 == 0 ? keys.hmac : keys.other_hmac; }, 20261121);
}

TEST(Token, OfEd25519WithAnyOneBitChangedIsRefused) {
    const Keyring keys;
    expect_every_bit_matters(
        [&](std::size_t round) { return round % 2 == 0 ? keys.ed25519 : keys.other_ed25519; },
        20261122);
}

TEST(Token, IsReadAsTheExampleOfTheStandardForHs256) {
    const std::string secret = from_base64url(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const std::string token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const sys_seconds expires{seconds{1'300'819'380}};

    const TokenVerifier verifier({TokenKey::hmac("joe", secret).value()},
                                 {.issuer = "joe", .audience = ""});
    const auto read = verifier.verify(token, expires - seconds{1});

    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->expires, expires);
    EXPECT_EQ(read->caller.claims.at("http://example.com/is_root"),
              std::vector<std::string>{"true"});
    EXPECT_FALSE(verifier.verify(token, noon));
}

TEST(TokenKey, SignsAsTheExampleOfTheStandardForEd25519) {
    const std::string signed_part = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const std::string signature = from_base64url(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    const TokenKey private_key = ed25519_key("a", private_pem(anna_seed));
    const TokenKey public_key = ed25519_key("a", public_pem(anna_public));

    EXPECT_EQ(private_key.sign(signed_part).value(), signature);
    EXPECT_TRUE(private_key.verifies(signed_part, signature));
    EXPECT_TRUE(public_key.verifies(signed_part, signature));
    EXPECT_FALSE(public_key.verifies(signed_part + "a", signature));
    EXPECT_FALSE(public_key.verifies("", signature));
    EXPECT_FALSE(public_key.verifies(signed_part, ""));
    EXPECT_FALSE(public_key.verifies(signed_part, with_order_added(signature)));
    EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST(TokenKey, OfAPublicKeyOnlyVerifies) {
    const TokenKey key = ed25519_key("a", public_pem(anna_public));

    const auto signature = key.sign("x");
    const auto token = make_token(key, claims_of_anna);

    EXPECT_FALSE(key.can_sign());
    ASSERT_FALSE(signature);
    EXPECT_EQ(signature.error().code, Errc::refused);
    EXPECT_EQ(signature.error().message, "a public key cannot sign");
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, Errc::refused);
}

TEST(TokenKey, OfASecretOrAPrivateKeySigns) {
    EXPECT_TRUE(Keyring().hmac.can_sign());
    EXPECT_EQ(Keyring().hmac.algorithm(), TokenAlgorithm::hs256);
    EXPECT_TRUE(Keyring().ed25519.can_sign());
    EXPECT_EQ(Keyring().ed25519.algorithm(), TokenAlgorithm::ed25519);
}

TEST(TokenKey, IsNotMadeOfAShortSecret) {
    for (const std::size_t bytes : {0U, 1U, 31U}) {
        const auto key = TokenKey::hmac("h", std::string(bytes, 's'));

        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().code, Errc::refused);
        EXPECT_EQ(key.error().message,
                  "the secret is too short, expected at least 32 random bytes");
    }
    EXPECT_TRUE(TokenKey::hmac("h", std::string(32, '\0')));
}

TEST(TokenKey, TakesNoPemForASecret) {
    const auto key = TokenKey::hmac("h", public_pem(anna_public));

    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Errc::refused);
    EXPECT_EQ(key.error().message, "found a key in PEM, expected a secret of random bytes");
}

using OwnedKey = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

OwnedKey owned(EVP_PKEY* key) {
    return {key, &EVP_PKEY_free};
}

std::string written(const std::function<void(BIO*)>& write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), &BIO_free);
    write(out.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string written_public(EVP_PKEY* key) {
    return written([&](BIO* out) { PEM_write_bio_PUBKEY(out, key); });
}

std::string written_private(EVP_PKEY* key, const char* passphrase = nullptr) {
    return written([&](BIO* out) {
        PEM_write_bio_PKCS8PrivateKey(out, key, passphrase == nullptr ? nullptr : EVP_aes_256_cbc(),
                                      nullptr, 0, nullptr, const_cast<char*>(passphrase));
    });
}

TEST(TokenKey, IsReadFromThePemThatOpenSslWrites) {
    const OwnedKey key = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const TokenKey private_key = ed25519_key("a", written_private(key.get()));
    const TokenKey public_key = ed25519_key("a", "a comment\n" + written_public(key.get()));

    const std::string signature = private_key.sign("x").value();

    EXPECT_TRUE(public_key.verifies("x", signature));
    EXPECT_FALSE(public_key.verifies("y", signature));
}

TEST(TokenKey, IsNotMadeOfAnotherKindOfKey) {
    const OwnedKey curve = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const OwnedKey rsa = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    const OwnedKey larger = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
    const OwnedKey exchange = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));

    for (EVP_PKEY* other : {curve.get(), rsa.get(), larger.get(), exchange.get()}) {
        for (const std::string& pem : {written_public(other), written_private(other)}) {
            const auto key = TokenKey::ed25519("a", pem);

            ASSERT_FALSE(key);
            EXPECT_EQ(key.error().code, Errc::refused);
            EXPECT_EQ(key.error().message, "found a key of another kind, expected an Ed25519 key");
            EXPECT_EQ(ERR_peek_error(), 0UL);
        }
    }
}

TEST(TokenKey, IsNotMadeOfWhatIsNoPemOfOneKey) {
    const OwnedKey key = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const std::string whole = public_pem(anna_public);
    const std::vector<std::pair<std::string, std::string>> others = {
        {"nothing", ""},
        {"text", "a key"},
        {"bytes", anna_public},
        {"DER", public_der(anna_public)},
        {"cut", whole.substr(0, whole.size() / 2)},
        {"a public key named private", pem_of("PRIVATE KEY", public_der(anna_public))},
        {"named a certificate", pem_of("CERTIFICATE", public_der(anna_public))},
        {"too short", public_pem(anna_public.substr(1))},
        {"two keys", whole + public_pem(bert_public)},
        {"both halves", private_pem(anna_seed) + whole},
        {"with a passphrase", written_private(key.get(), "opensesame")},
        {"long", whole + std::string(100'000, '\n')}};

    for (const auto& [what, pem] : others) {
        SCOPED_TRACE(what);

        const auto read = TokenKey::ed25519("a", pem);

        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Errc::refused);
        EXPECT_EQ(read.error().message,
                  "expected the PEM of one Ed25519 key, public or private, without a passphrase");
        EXPECT_EQ(ERR_peek_error(), 0UL);
    }
}

TEST(TokenVerifier, IsUsedByManyThreadsAtOnce) {
    const Keyring keys;
    const TokenVerifier verifier = verifier_of_all();
    std::atomic<int> believed = 0;

    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int j = 0; j < 100; ++j) {
                const TokenKey& key = (i + j) % 2 == 0 ? keys.ed25519 : keys.hmac;
                const std::string token = made_with(key, claims_of_anna);
                if (verifier.verify(token, noon) && !verifier.verify(token + "A", noon)) ++believed;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(believed, 400);
}

}  // namespace
}  // namespace freshet::http
