// POST /session and DELETE /session: a browser's token as a cookie (http/credentials/cookie.h).
//
// The cookie is out of reach of scripts. A browser sends it over TLS only, to this server only,
// from pages of its own site only.
#pragma once

#include "http/routes/routes.h"

namespace freshet::http {

// 204 with the token that the request showed in its header, as a cookie until it expires; 400 if it
// showed what does not expire, or no header; 422 if browsers would not keep it.
NextStep post_session(const Call& call);

// 204, and the cookie is gone. The token in it is believed no more, and what was begun with it
// ends. That lasts, as the log has it. Once sessions_of_one_max of a subject have ended so, all of
// its tokens end at once (http/credentials/credentials.h). 400 for more than one cookie, and
// nothing ends; 503 if too many have ended so, and nothing ends; 503 or 507 if the log does not
// take it: then it has ended, but only until a restart, and the cookie stays so that the request
// can be sent again.
NextStep delete_session(const Call& call);

}  // namespace freshet::http
