// The URL of something that is reached by HTTP, taken apart.
//
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::engine {

struct HttpUrl {
    std::string host;  // a name or an address, without brackets
    std::string port;
    std::string target = "/";  // the path, and a query
    bool is_secure = false;    // https

    // As in `Host`: 127.0.0.1:8080, [::1]:8080.
    [[nodiscard]] std::string authority() const;
    [[nodiscard]] std::string text() const;

    bool operator==(const HttpUrl&) const = default;
};

// Reads http://HOST[:PORT][/PATH][?QUERY], or https. The port that is left out is 80 or 443.
// Nothing if it is anything else, or has a user, a fragment, or a byte that no URL has.
std::optional<HttpUrl> parse_http_url(std::string_view text);

}  // namespace freshet::engine
