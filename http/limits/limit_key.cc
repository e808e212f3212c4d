#include "http/limits/limit_key.h"

#include <algorithm>

#include "http/credentials/digest.h"

namespace freshet::http {

LimitKey key_of(const engine::IpAddress& address) {
    return address.bytes();
}

LimitKey key_of_subject(std::string_view subject) {
    const Digest digest = digest_of(subject);
    LimitKey key{};
    std::copy_n(digest.begin(), key.size(), key.begin());
    return key;
}

}  // namespace freshet::http
