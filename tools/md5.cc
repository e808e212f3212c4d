#include "tools/md5.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace freshet::tools {

namespace {

constexpr std::size_t chunk_bytes = 256U << 10U;

}  // namespace

Result<std::string> md5_of(std::istream& in) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> sum(EVP_MD_CTX_new(),
                                                                 &EVP_MD_CTX_free);
    if (EVP_DigestInit_ex(sum.get(), EVP_md5(), nullptr) != 1) {
        return fail(Errc::io, "the OpenSSL of this machine knows no MD5");
    }
    std::string chunk(chunk_bytes, '\0');
    while (in) {
        in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        EVP_DigestUpdate(sum.get(), chunk.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) return fail(Errc::io, "the bytes cannot be read");
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(sum.get(), bytes.data(), &size);
    return std::string(bytes.begin(), bytes.begin() + size);
}

}  // namespace freshet::tools
