#include "engine/text/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace freshet::engine {

namespace {

// What stands before an IPv4 address that is mapped into IPv6 (RFC 4291, section 2.5.5.2).
constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = mapped.size() * 8;

std::optional<unsigned> parse_bits(std::string_view text, unsigned most) {
    unsigned count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (count > most) return std::nullopt;
    return count;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string whole(text);
    // The system would read no further than a zero byte.
    if (whole.find('\0') != std::string::npos) return std::nullopt;
    Bytes bytes{};
    if (inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1) return IpAddress(bytes);
    auto* const rest = std::copy(mapped.begin(), mapped.end(), bytes.begin());
    if (inet_pton(AF_INET, whole.c_str(), rest) == 1) return IpAddress(bytes);
    return std::nullopt;
}

bool IpAddress::is_v4() const {
    return std::equal(mapped.begin(), mapped.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes_[mapped.size()] == 127;
    Bytes own{};
    own.back() = 1;
    return bytes_ == own;
}

IpAddress IpAddress::first(unsigned count) const {
    Bytes bytes{};
    const std::size_t whole = std::min<std::size_t>(count / 8, bytes.size());
    std::copy_n(bytes_.begin(), whole, bytes.begin());
    if (whole < bytes.size()) {
        bytes[whole] = static_cast<unsigned char>(bytes_[whole] & (0xff00U >> (count % 8)));
    }
    return IpAddress(bytes);
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v4 = is_v4();
    inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? mapped.size() : 0), text.data(),
              text.size());
    return text.data();
}

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto start = IpAddress::parse(text.substr(0, slash));
    if (!start) return std::nullopt;
    if (slash == std::string_view::npos) return AddressBlock(*start, IpAddress::bits);
    // Written as IPv4, it counts the bits of IPv4.
    const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const unsigned before = v4 ? mapped_bits : 0;
    const auto count = parse_bits(text.substr(slash + 1), IpAddress::bits - before);
    if (!count || start->first(before + *count) != *start) return std::nullopt;
    return AddressBlock(*start, before + *count);
}

bool AddressBlock::contains(const IpAddress& address) const {
    // `::/0` is all of IPv6, and not IPv4, which is only written within it.
    if (address.is_v4() != (start_.is_v4() && fixed_ >= mapped_bits)) return false;
    return address.first(fixed_) == start_;
}

}  // namespace freshet::engine
