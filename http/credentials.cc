#include "http/credentials.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include "http/session_route.h"

namespace freshet::http {

namespace {

using std::chrono::sys_seconds;

constexpr std::string_view scheme = "Bearer";
constexpr std::string_view query_name = "token";

// What has no dot is no token, so it was meant as a key.
bool is_token(std::string_view credential) {
    return credential.find('.') != std::string_view::npos;
}

Answer unauthorized(std::string_view detail, std::string_view error) {
    Answer answer = problem(401, detail);
    std::string challenge = R"(Bearer realm="freshet")";
    if (!error.empty()) challenge += ", error=\"" + std::string(error) + '"';
    answer.set("WWW-Authenticate", challenge);
    return answer;
}

tl::unexpected<Answer> not_believed(std::string_view why) {
    return tl::unexpected(unauthorized(why, "invalid_token"));
}

// The credential in the header; 401 if it is none, or there is more than one.
Or<std::string_view> bearer_of(const Request& request) {
    if (request.count("Authorization") > 1) {
        return not_believed("there is more than one Authorization header");
    }
    const std::string_view value = trim(*request.header("Authorization"));
    const std::size_t space = value.find(' ');
    const std::string_view credential =
        space == std::string_view::npos ? std::string_view() : trim(value.substr(space));
    if (credential.empty() || !equal_ignoring_case(value.substr(0, space), scheme)) {
        return not_believed("the header Authorization is not Bearer and a token or a key");
    }
    return credential;
}

Result<std::string> read_key_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad() || !file.is_open()) {
        return fail(Errc::io, path + ": cannot be read: " +
                                  std::generic_category().message(errno == 0 ? EIO : errno));
    }
    return text;
}

Result<std::string> key_text(const engine::KeySettings& settings) {
    if (!settings.file.empty()) return read_key_file(settings.file);
    const char* text = std::getenv(settings.variable.c_str());
    if (text != nullptr) return std::string(text);
    // What stands there instead of a name may be the key itself, which belongs into no message.
    return fail(Errc::refused, "the environment has no variable of the name that env gives");
}

// Editors end a file with a line's end, which is no part of a secret.
std::string_view without_line_end(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

Result<TokenKey> load_key(const engine::KeySettings& settings) {
    auto text = key_text(settings);
    if (!text) return fail(text.error());
    auto key = settings.algorithm == engine::TokenAlgorithm::hs256
                   ? TokenKey::hmac(settings.id, without_line_end(*text))
                   : TokenKey::ed25519(settings.id, *text);
    OPENSSL_cleanse(text->data(), text->size());
    return key;
}

}  // namespace

Result<std::unique_ptr<Credentials>> Credentials::load(
    const std::optional<engine::AuthSettings>& settings) {
    if (!settings) return std::make_unique<Credentials>();
    std::vector<TokenKey> keys;
    std::optional<TokenKey> signer;
    for (const engine::KeySettings& key_settings : settings->keys) {
        auto key = load_key(key_settings);
        if (!key) {
            return fail(key.error().code,
                        "key \"" + key_settings.id + "\" of [auth]: " + key.error().message);
        }
        if (key->id() == settings->sign_with) signer = *key;
        keys.push_back(*std::move(key));
    }
    if (signer && !signer->can_sign()) {
        return fail(Errc::refused,
                    "key \"" + signer->id() +
                        "\" of [auth]: it is public and cannot sign: sign_with needs "
                        "the private one");
    }
    std::vector<Machine> machines;
    for (const engine::MachineSettings& machine : settings->machines) {
        Digest digest{};
        std::copy_n(machine.digest.begin(), std::min(machine.digest.size(), digest.size()),
                    digest.begin());
        auto caller = std::make_shared<engine::Caller>(*engine::everybody());
        caller->subject = machine.name;
        caller->grants = machine.rights;
        machines.push_back({digest, {.caller = std::move(caller), .expires = {}}});
    }
    const TokenRules rules{.issuer = settings->issuer, .audience = settings->audience};
    return std::unique_ptr<Credentials>(new Credentials(TokenVerifier(std::move(keys), rules),
                                                        std::move(machines), std::move(signer),
                                                        rules, settings->query_token));
}

Credentials::Credentials(TokenVerifier verifier, std::vector<Machine> machines,
                         std::optional<TokenKey> signer, TokenRules rules, bool query_token)
    : verifier_(std::move(verifier)),
      query_token_(query_token),
      machines_(std::move(machines)),
      vendor_(std::move(signer), std::move(rules)) {}

std::size_t Credentials::DigestHash::operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

Credentials::Digest Credentials::digest_of(std::string_view text) {
    // Looking the algorithm up costs more than to digest a token.
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Digest digest{};
    const bool done = sha256 != nullptr && EVP_Digest(text.data(), text.size(), digest.data(),
                                                      nullptr, sha256, nullptr) == 1;
    if (!done) throw std::bad_alloc();
    return digest;
}

const Credentials::Machine* Credentials::machine_of(const Digest& digest) const {
    const Machine* found = nullptr;
    for (const Machine& machine : machines_) {
        if (CRYPTO_memcmp(machine.digest.data(), digest.data(), digest.size()) == 0) {
            found = &machine;
        }
    }
    return found;
}

Or<Identity> Credentials::identify(Request& request, sys_seconds now) {
    if (!verifier_) return Identity{.caller = engine::everybody(), .expires = {}};
    take_query_token(request);
    if (request.header("Authorization")) {
        const auto bearer = bearer_of(request);
        if (!bearer) return tl::unexpected(bearer.error());
        return believe(*bearer, now);
    }
    if (const auto cookie = cookie_token(request)) {
        auto identity = believe_token(*cookie, now);
        if (identity) identity->by_cookie = true;
        return identity;
    }
    if (request.query_token) return believe_query(request, now);
    return tl::unexpected(unauthorized(
        "this needs a credential: the header Authorization: Bearer with a token or a key", ""));
}

// Takes ?token= out of the target, so that no route, no link and no log has it. Kept beside it for
// a request that is looked at again once it has waited.
void Credentials::take_query_token(Request& request) const {
    if (!query_token_) return;
    std::vector<std::string> tokens = find_parameters(request.target, query_name);
    std::erase_if(request.target.query, [](const Parameter& p) { return p.name == query_name; });
    // Which of two is meant, nobody can tell.
    if (tokens.size() == 1) request.query_token = std::move(tokens.front());
}

// Addresses end up in logs and histories: what stands in one may read, and not for long.
Or<Identity> Credentials::believe_query(const Request& request, sys_seconds now) {
    if (request.method != "GET" && request.method != "HEAD") {
        return not_believed("a token in the query is for reading only");
    }
    auto identity = believe_token(*request.query_token, now);
    if (identity && identity->expires > now + vended_life_max) {
        return not_believed("a token in the query must expire within an hour");
    }
    return identity;
}

Or<Identity> Credentials::believe(std::string_view credential, sys_seconds now) {
    if (credential.empty()) return not_believed("the credential is empty");
    const Digest digest = digest_of(credential);
    if (const Machine* machine = machine_of(digest)) return machine->identity;
    if (!is_token(credential)) return not_believed("this key is not known here");
    return believe_token(credential, now);
}

// The key of a machine, which does not expire, is none of these.
Or<Identity> Credentials::believe_token(std::string_view credential, sys_seconds now) {
    const Digest digest = digest_of(credential);
    if (auto identity = known(digest, now)) return *std::move(identity);
    auto token = verifier_->verify(credential, now);
    if (!token) return not_believed(token.error().message);
    const Identity identity{
        .caller = std::make_shared<const engine::Caller>(std::move(token->caller)),
        .expires = token->expires};
    keep(digest, identity, now);
    return identity;
}

std::optional<Identity> Credentials::known(const Digest& digest, sys_seconds now) {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(digest);
    if (found == tokens_.end()) return std::nullopt;
    if (now < found->second.expires) return found->second;
    tokens_.erase(found);
    return std::nullopt;
}

void Credentials::keep(const Digest& digest, const Identity& identity, sys_seconds now) {
    if (now >= identity.expires) return;  // within the leeway: verified anew each time
    const std::lock_guard lock(mutex_);
    if (tokens_.size() >= known_tokens_max) {
        std::erase_if(tokens_, [now](const auto& known) { return now >= known.second.expires; });
    }
    // Whoever brings so many tokens that are good pays for the verification of each.
    if (tokens_.size() >= known_tokens_max) tokens_.clear();
    tokens_.emplace(digest, identity);
}

}  // namespace freshet::http
