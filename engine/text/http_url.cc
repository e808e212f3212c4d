#include "engine/text/http_url.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "engine/text/ip_address.h"
#include "engine/text/letter_case.h"

namespace freshet::engine {
namespace {

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port != 0;
}

bool has_byte_of(std::string_view text, std::string_view bytes) {
    return std::any_of(text.begin(), text.end(), [bytes](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte >= 0x7f || bytes.find(c) != std::string_view::npos;
    });
}

// Takes the scheme off the front and says whether it is https; nothing if it is no scheme of ours.
std::optional<bool> take_scheme(std::string_view& text) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (in_lower_case(text.substr(0, scheme.size())) != scheme) continue;
        text.remove_prefix(scheme.size());
        return scheme.size() == std::string_view("https://").size();
    }
    return std::nullopt;
}

}  // namespace

std::string HttpUrl::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + port;
}

std::string HttpUrl::text() const {
    return (is_secure ? "https://" : "http://") + authority() + target;
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
    const auto is_secure = take_scheme(text);
    if (!is_secure) return std::nullopt;
    const std::size_t path = std::min(text.find_first_of("/?"), text.size());
    const std::string_view target = text.substr(path);
    const std::string_view authority = text.substr(0, path);

    const bool v6 = authority.starts_with('[');
    const std::size_t end = v6 ? authority.find(']') : std::min(authority.find(':'), path);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view host = v6 ? authority.substr(1, end - 1) : authority.substr(0, end);
    std::string_view port = authority.substr(v6 ? end + 1 : end);
    if (port.empty()) port = *is_secure ? ":443" : ":80";
    if (host.empty() || has_byte_of(host, "/?#@[]\\")) return std::nullopt;
    const auto address = IpAddress::parse(host);
    if (v6 && !(address && host.find(':') != std::string_view::npos)) return std::nullopt;
    if (port.front() != ':' || !is_port(port.substr(1))) return std::nullopt;
    if (has_byte_of(target, "#\"<>\\^`{|}")) return std::nullopt;
    HttpUrl url{.host = std::string(host),
                .port = std::string(port.substr(1)),
                .target = std::string(target),
                .is_secure = *is_secure};
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    return url;
}

}  // namespace freshet::engine
