// The cookie in which a browser shows its token, since an EventSource can set no header. Pure.
//
// It is the token itself. http/routes/session_route.h sets it and takes it away.
#pragma once

#include <optional>
#include <string_view>

#include "http/messages/request.h"

namespace freshet::http {

inline constexpr std::string_view cookie_name = "__Secure-freshet";

// The token in the request's cookie; nothing if there is none, or more than one.
std::optional<std::string_view> cookie_token(const Request& request);

}  // namespace freshet::http
