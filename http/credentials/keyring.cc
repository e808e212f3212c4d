#include "http/credentials/keyring.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/text/text_file.h"

namespace freshet::http {

namespace {

Result<std::string> key_text(const engine::KeySettings& settings) {
    if (!settings.file.empty()) return engine::read_text_file(settings.file);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program changes its environment
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
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.InnerPointer): the key has a copy of its own
    OPENSSL_cleanse(text->data(), text->size());
    return key;
}

std::shared_ptr<const engine::Caller> caller_of(const engine::MachineSettings& machine) {
    auto caller = std::make_shared<engine::Caller>(*engine::everybody());
    caller->subject = machine.name;
    caller->grants = machine.rights;
    return caller;
}

Error of_key(const std::string& id, const Error& error) {
    return {error.code, "key \"" + id + "\" of [auth]: " + error.message};
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::load(const engine::AuthSettings& settings,
                                               const std::shared_ptr<Revocations>& revocations) {
    std::vector<Key> keys;
    std::optional<TokenKey> signer;
    for (const engine::KeySettings& key_settings : settings.keys) {
        auto key = load_key(key_settings);
        if (!key) return fail(of_key(key_settings.id, key.error()));
        if (key->id() == settings.sign_with) signer = *key;
        keys.push_back({*std::move(key), std::make_shared<std::atomic<bool>>(false)});
    }
    if (signer && !signer->can_sign()) {
        return fail(of_key(signer->id(), {Errc::refused,
                                          "it is public and cannot sign: sign_with needs the "
                                          "private one"}));
    }
    std::vector<Machine> machines;
    for (const engine::MachineSettings& machine : settings.machines) {
        const auto revoked = std::make_shared<std::atomic<bool>>(false);
        Machine known{.digest = {},
                      .identity = {.caller = caller_of(machine), .expires = {}, .revoked = revoked},
                      .revoked = revoked};
        std::copy_n(machine.digest.begin(), std::min(machine.digest.size(), known.digest.size()),
                    known.digest.begin());
        machines.push_back(std::move(known));
    }
    return std::unique_ptr<Keyring>(new Keyring(
        std::move(keys), std::move(machines), std::move(signer),
        {.issuer = settings.issuer, .audience = settings.audience, .life = settings.token_life},
        settings.query_token, revocations));
}

Keyring::Keyring(std::vector<Key> keys, std::vector<Machine> machines,
                 std::optional<TokenKey> signer, TokenRules rules, bool query_token,
                 std::shared_ptr<Revocations> revocations)
    : keys_(std::move(keys)),
      machines_(std::move(machines)),
      signer_(std::move(signer)),
      rules_(std::move(rules)),
      verifier_(token_keys(), rules_),
      query_token_(query_token),
      vendor_(std::make_shared<TokenVendor>(signer_, rules_, std::move(revocations))) {}

std::vector<TokenKey> Keyring::token_keys() const {
    std::vector<TokenKey> keys;
    for (const Key& key : keys_) keys.push_back(key.key);
    return keys;
}

void Keyring::succeed(const Keyring& earlier) {
    for (Machine& machine : machines_) {
        for (const Machine& other : earlier.machines_) {
            if (machine.digest != other.digest) continue;
            if (*machine.identity.caller == *other.identity.caller) machine = other;
        }
    }
    // Under other rules a token may be believed no more that was before.
    if (rules_ != earlier.rules_) return;
    for (Key& key : keys_) {
        for (const Key& other : earlier.keys_) {
            if (key.key == other.key) key.revoked = other.revoked;
        }
    }
    if (signer_ == earlier.signer_) vendor_ = earlier.vendor_;
}

std::vector<Keyring::Revocation> Keyring::revocations() const {
    std::vector<Revocation> all;
    for (const Key& key : keys_) all.push_back(key.revoked);
    for (const Machine& machine : machines_) all.push_back(machine.revoked);
    return all;
}

void Keyring::revoke_all_but(const Keyring& successor) const {
    const std::vector<Revocation> kept = successor.revocations();
    for (const Revocation& revoked : revocations()) {
        if (std::find(kept.begin(), kept.end(), revoked) == kept.end()) *revoked = true;
    }
}

const Identity* Keyring::machine_of(const Digest& digest) const {
    const Machine* found = nullptr;
    for (const Machine& machine : machines_) {
        if (CRYPTO_memcmp(machine.digest.data(), digest.data(), digest.size()) == 0) {
            found = &machine;
        }
    }
    return found == nullptr ? nullptr : &found->identity;
}

tl::expected<Keyring::Verified, TokenRefusal> Keyring::verify(std::string_view token,
                                                              std::chrono::sys_seconds now) const {
    auto verified = verifier_.verify(token, now);
    if (!verified) return tl::unexpected(verified.error());
    const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& candidate) {
        return candidate.key.id() == verified->key_id;
    });
    return Verified{
        .identity = {.caller = std::make_shared<const engine::Caller>(std::move(verified->caller)),
                     .expires = verified->expires,
                     .revoked = key->revoked},
        .id = std::move(verified->id),
        .issued = verified->issued};
}

}  // namespace freshet::http
