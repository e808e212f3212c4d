// Addresses of the internet protocol, and blocks of them. Pure values, callable from any thread.
//
// The configuration names proxies by them, and http counts clients by them: both must mean the
// same addresses. An IPv4 address is the same in its own form and mapped into IPv6
// (`::ffff:192.0.2.1`), as a socket that listens on both shows it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::engine {

class IpAddress {
public:
    static constexpr unsigned bits = 128;

    // As in IPv6; an IPv4 address is mapped.
    using Bytes = std::array<unsigned char, bits / 8>;

    IpAddress() = default;  // `::`, which is nobody's
    explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}

    // Reads `192.0.2.1` or `2001:db8::1`; nothing if it is neither.
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] bool is_v4() const;
    [[nodiscard]] bool is_loopback() const;

    // The address with all but its first `count` bits zero.
    [[nodiscard]] IpAddress first(unsigned count) const;

    [[nodiscard]] std::string text() const;

    auto operator<=>(const IpAddress&) const = default;

private:
    Bytes bytes_{};
};

// All addresses that begin alike.
class AddressBlock {
public:
    // Reads an address, or an address and how many of its bits are fixed: `10.0.0.0/8`. Nothing if
    // it is neither, or a bit behind those is set: nobody can tell which part of it was meant.
    static std::optional<AddressBlock> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpAddress& address) const;

    bool operator==(const AddressBlock&) const = default;

private:
    AddressBlock(const IpAddress& start, unsigned fixed) : start_(start), fixed_(fixed) {}

    IpAddress start_;
    unsigned fixed_;  // bits, as in IPv6
};

}  // namespace freshet::engine
