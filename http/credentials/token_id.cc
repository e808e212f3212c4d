#include "http/credentials/token_id.h"

#include <openssl/rand.h>

#include <array>
#include <cstddef>

#include "engine/text/base64.h"

namespace freshet::http {

namespace {

constexpr std::size_t id_bytes = 16;

}  // namespace

Result<std::string> random_token_id() {
    std::array<unsigned char, id_bytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return fail(Errc::io, "the OpenSSL of this machine has no random numbers");
    }
    std::string id;
    engine::append_base64url(id, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return id;
}

}  // namespace freshet::http
