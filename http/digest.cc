#include "http/digest.h"

#include <openssl/evp.h>

#include <new>

namespace freshet::http {

Digest digest_of(std::string_view text) {
    // Looking the algorithm up costs more than to digest a token.
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Digest digest{};
    const bool done = sha256 != nullptr && EVP_Digest(text.data(), text.size(), digest.data(),
                                                      nullptr, sha256, nullptr) == 1;
    if (!done) throw std::bad_alloc();
    return digest;
}

}  // namespace freshet::http
