#include "tools/token_command.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/caller.h"
#include "engine/text/text_file.h"
#include "http/credentials/claims_writer.h"
#include "http/credentials/token.h"
#include "http/credentials/token_id.h"
#include "storage/result.h"
#include "tools/exit_code.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

struct TokenOptions {
    std::string key_file;  // a private key in PEM, or a secret
    std::string key_id;    // as the configuration names it
    std::string subject;
    std::vector<std::string> roles;
    std::vector<std::string> grants;
    std::vector<std::string> claims;  // NAME=TEXT
    std::string issuer;
    std::string audience;
    std::chrono::seconds life{3'600};
};

Result<http::TokenKey> read_key(const TokenOptions& options) {
    auto text = engine::read_text_file(options.key_file);
    if (!text) return fail(text.error());
    if (text->find("-----BEGIN") != std::string::npos) {
        return http::TokenKey::ed25519(options.key_id, *text);
    }
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    return http::TokenKey::hmac(options.key_id, *text);
}

Result<std::string> claims_of(const TokenOptions& options) {
    http::ClaimsWriter claims;
    if (!options.subject.empty()) claims.add_text("sub", options.subject);
    if (!options.roles.empty()) claims.add_texts("role", options.roles);
    for (const std::string& grant : options.grants) {
        if (const auto read = engine::parse_grant(grant); !read) return fail(read.error());
    }
    if (!options.grants.empty()) claims.add_array("grants", options.grants);
    for (const std::string& claim : options.claims) {
        const std::size_t equals = claim.find('=');
        if (equals == 0 || equals == std::string::npos) {
            return fail(Errc::refused, "found the claim \"" + claim + "\", expected NAME=TEXT");
        }
        if (http::is_registered_claim(claim.substr(0, equals))) {
            return fail(Errc::refused,
                        "found the claim " + claim.substr(0, equals) +
                            ", expected one of your own: it has an option, or is for "
                            "the server to say");
        }
        claims.add_text(claim.substr(0, equals), claim.substr(equals + 1));
    }
    if (!options.issuer.empty()) claims.add_text("iss", options.issuer);
    if (!options.audience.empty()) claims.add_text("aud", options.audience);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    claims.add_time("exp", now + options.life);
    claims.add_time("iat", now);
    const auto id = http::random_token_id();
    if (!id) return fail(id.error());
    claims.add_text("jti", *id);
    return claims.text();
}

int token(const TokenOptions& options) {
    const auto key = read_key(options);
    if (!key) return say_fault("token", key.error().message);
    const auto claims = claims_of(options);
    if (!claims) return say_fault("token", claims.error().message);
    const auto made = http::make_token(*key, *claims);
    if (!made) return say_fault("token", made.error().message);
    std::cout << *made << "\n";
    return exit_done;
}

constexpr const char* footer = R"(
Prints the token on standard output. Whoever has the key may say anything in it; a server that has
sign_with makes narrower ones (POST /tokens).

Examples:
  export FRESHET_TOKEN=$(freshet token --key 2026-11.pem --id 2026-11 --role admin --ttl 600)
  freshet token --key 2026-11.pem --id 2026-11 --sub ann --role customer --grant read:my-orders)";

}  // namespace

Run token_command(CLI::App& app) {
    const auto options = std::make_shared<TokenOptions>();
    app.add_option("--key", options->key_file, "The private key or the secret")
        ->required()
        ->type_name("FILE");
    app.add_option("--id", options->key_id, "The key's id in the configuration")
        ->required()
        ->type_name("ID");
    app.add_option("--sub", options->subject, "Whose token it is");
    app.add_option("--role", options->roles, "A role; as often as you like");
    app.add_option("--grant", options->grants,
                   "A right that narrows it, such as read:orders; as often as you like");
    app.add_option("--claim", options->claims, "Another claim; as often as you like")
        ->type_name("NAME=TEXT");
    app.add_option("--iss", options->issuer, "The issuer, if the server asks for one");
    app.add_option("--aud", options->audience, "The audience, if the server asks for one");
    app.add_option_function<std::int64_t>(
           "--ttl", [options](std::int64_t s) { options->life = std::chrono::seconds(s); },
           "For how many seconds it is good (3600)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10L * 365 * 24 * 60 * 60}).description(""))
        ->type_name("SECONDS");
    app.footer(footer);
    return [options] { return token(*options); };
}

}  // namespace freshet::tools
