// The cookie in which a browser shows its token, since an EventSource can set no header. Pure.
//
// It is the token itself. http/routes/session_route.h sets it and takes it away.
#pragma once

#include <string_view>
#include <vector>

#include "http/messages/request.h"

namespace freshet::http {

inline constexpr std::string_view cookie_name = "__Secure-freshet";

// The tokens in the request's cookies of that name: more than one if another page set one, too.
std::vector<std::string_view> cookie_tokens(const Request& request);

}  // namespace freshet::http
