// POST /session and DELETE /session: a browser's token as a cookie (http/credentials/cookie.h).
// Pure.
//
// The cookie is out of reach of scripts. A browser sends it over TLS only, to this server only,
// from pages of its own site only.
#pragma once

#include <chrono>

#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

// 204 with the token that the request showed in its header, as a cookie until it expires; 400 if it
// showed what does not expire, or no header; 422 if browsers would not keep it.
Answer post_session(const Request& request, std::chrono::sys_seconds now);

// 204, and the cookie is gone.
Answer delete_session(const Request& request);

}  // namespace freshet::http
