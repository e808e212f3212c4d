#include "tools/token_command.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "engine/caller.h"
#include "engine/json.h"
#include "http/token.h"
#include "storage/result.h"
#include "tools/exit_code.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

// The claims under construction: an object that is still open.
class Claims {
public:
    void add(std::string_view name, std::string_view json) {
        text_ += text_.empty() ? '{' : ',';
        engine::append_json_string(text_, name);
        text_ += ':';
        text_ += json;
    }
    void add_text(std::string_view name, std::string_view text) {
        std::string json;
        engine::append_json_string(json, text);
        add(name, json);
    }
    void add_texts(std::string_view name, const std::vector<std::string>& texts) {
        std::string json = "[";
        for (const std::string& text : texts) {
            if (&text != texts.data()) json += ',';
            engine::append_json_string(json, text);
        }
        add(name, json + ']');
    }
    [[nodiscard]] std::string text() const { return text_ + '}'; }

private:
    std::string text_;
};

Result<http::TokenKey> read_key(const TokenOptions& options) {
    std::ifstream file(options.key_file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file.is_open() || file.bad()) {
        return fail(Errc::io, options.key_file + " cannot be read: " +
                                  std::generic_category().message(errno == 0 ? EIO : errno));
    }
    if (text.find("-----BEGIN") != std::string::npos) {
        return http::TokenKey::ed25519(options.key_id, text);
    }
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return http::TokenKey::hmac(options.key_id, text);
}

Result<std::string> claims_of(const TokenOptions& options) {
    Claims claims;
    if (!options.subject.empty()) claims.add_text("sub", options.subject);
    if (!options.roles.empty()) claims.add_texts("role", options.roles);
    for (const std::string& grant : options.grants) {
        if (const auto read = engine::parse_grant(grant); !read) return fail(read.error());
    }
    if (!options.grants.empty()) claims.add_texts("grants", options.grants);
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
