#include "http/functions/call_signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>

#include "engine/text/base64.h"
#include "engine/text/text_file.h"

namespace freshet::http {
namespace {

constexpr std::string_view encoded_prefix = "whsec_";

Result<std::string> text_of(const engine::SecretSettings& settings) {
    if (!settings.file.empty()) return engine::read_text_file(settings.file);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program changes its environment
    const char* text = std::getenv(settings.variable.c_str());
    if (text != nullptr) return std::string(text);
    // What stands there instead of a name may be the secret itself.
    return fail(Errc::refused, "the environment has no variable of the name that env gives");
}

}  // namespace

CallSignature::~CallSignature() {
    OPENSSL_cleanse(secret_.data(), secret_.size());
}

Result<CallSignature> CallSignature::load(const engine::SecretSettings& settings) {
    auto text = text_of(settings);
    if (!text) return fail(text.error());
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    std::optional<std::string> secret = *text;
    if (text->starts_with(encoded_prefix)) {
        secret = engine::decode_base64(std::string_view(*text).substr(encoded_prefix.size()));
    }
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.InnerPointer): the secret is a copy
    OPENSSL_cleanse(text->data(), text->size());
    if (!secret) return fail(Errc::refused, "what follows whsec_ is not base64");
    if (secret->size() < secret_bytes_min) {
        return fail(Errc::refused, "the secret is shorter than " +
                                       std::to_string(secret_bytes_min) +
                                       " bytes: make one by openssl rand -base64 32");
    }
    return CallSignature(*std::move(secret));
}

std::string CallSignature::sign(std::string_view id, std::chrono::sys_seconds time,
                                std::string_view body) const {
    std::string text(id);
    text += '.' + std::to_string(time.time_since_epoch().count()) + '.';
    text += body;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const unsigned char* const made = HMAC(
        EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
        reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    if (made == nullptr) throw std::bad_alloc();
    std::string signature = "v1,";
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as above
    engine::append_base64(signature, {reinterpret_cast<const char*>(digest.data()), size});
    return signature;
}

}  // namespace freshet::http
