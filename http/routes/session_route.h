// POST /session and DELETE /session: a browser's token as a cookie, since an EventSource can set no
// header. Pure.
//
// The cookie is the token itself, out of reach of scripts and sent over TLS only, to this server
// only, from pages of its own site only.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

inline constexpr std::string_view cookie_name = "__Secure-freshet";

// The token in the request's cookie; nothing if there is none, or more than one.
std::optional<std::string_view> cookie_token(const Request& request);

// 204 with the token that the request showed in its header, as a cookie until it expires; 400 if it
// showed what does not expire, or no header; 422 if browsers would not keep it.
Answer post_session(const Request& request, std::chrono::sys_seconds now);

// 204, and the cookie is gone.
Answer delete_session(const Request& request);

}  // namespace freshet::http
