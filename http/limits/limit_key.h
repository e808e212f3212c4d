// Who a limit is for: one address, or one subject of tokens. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "engine/text/ip_address.h"

namespace freshet::http {

// An address, or the beginning of a digest: of one size, so that whoever names a long subject costs
// no more than others.
using LimitKey = std::array<unsigned char, 16>;

struct LimitKeyHash {
    std::size_t operator()(const LimitKey& key) const;
};

LimitKey key_of(const engine::IpAddress& address);

// Throws std::bad_alloc as digest_of() does.
LimitKey key_of_subject(std::string_view subject);

}  // namespace freshet::http
