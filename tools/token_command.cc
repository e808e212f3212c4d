#include "tools/token_command.h"

#include <iostream>
#include <string_view>

#include "engine/access/caller.h"
#include "engine/text/text_file.h"
#include "http/credentials/claims_writer.h"
#include "http/credentials/token.h"
#include "storage/result.h"
#include "tools/exit_code.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

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
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto expires = std::chrono::floor<std::chrono::seconds>(now) + options.life;
    claims.add("exp", std::to_string(expires.count()));
    return claims.text();
}

}  // namespace

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

}  // namespace freshet::tools
