#include "http/limits/limit_key.h"

#include <algorithm>
#include <functional>

#include "http/credentials/digest.h"

namespace freshet::http {

std::size_t LimitKeyHash::operator()(const LimitKey& key) const {
    const std::string_view bytes(reinterpret_cast<const char*>(key.data()), key.size());
    return std::hash<std::string_view>()(bytes);
}

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
