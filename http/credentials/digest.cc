#include "http/credentials/digest.h"

#include <openssl/evp.h>

#include <memory>
#include <new>

namespace freshet::http {

namespace {

struct Freed {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Looking the algorithm up and making room for its state cost more than to digest a token, so both
// are done once, the latter on each thread.
EVP_MD_CTX* context() {
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, Freed> made(EVP_MD_CTX_new());
    const bool ready =
        sha256 != nullptr && made != nullptr && EVP_DigestInit_ex(made.get(), sha256, nullptr) == 1;
    if (!ready) throw std::bad_alloc();
    return made.get();
}

}  // namespace

Digest digest_of(std::string_view text) {
    EVP_MD_CTX* const sha256 = context();
    Digest digest{};
    const bool done = EVP_DigestUpdate(sha256, text.data(), text.size()) == 1 &&
                      EVP_DigestFinal_ex(sha256, digest.data(), nullptr) == 1;
    if (!done) throw std::bad_alloc();
    return digest;
}

}  // namespace freshet::http
