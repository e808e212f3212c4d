#include "engine/text/loopback.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>

namespace freshet::engine {

namespace {

// One of the four numbers; nothing if it is none.
std::optional<std::uint8_t> parse_octet(std::string_view text) {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    std::uint8_t octet = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octet);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return octet;
}

}  // namespace

bool is_loopback_ipv4(std::string_view text) {
    int octets = 0;
    while (true) {
        const std::size_t dot = text.find('.');
        const auto octet = parse_octet(text.substr(0, dot));
        if (!octet || (octets == 0 && *octet != 127)) return false;
        ++octets;
        if (dot == std::string_view::npos) return octets == 4;
        text.remove_prefix(dot + 1);
    }
}

}  // namespace freshet::engine
