// POST /tokens/revoke and GET /tokens/revoked: tokens that are believed no more, for admins.
//
//     POST  {"sub":"ann"}                        every token that ann has now
//           {"token_id":"…","exp":1800003600}    the one with this `jti`; `exp` may be left out
//     200   {"position":7,"revoked":true,"until":1800003631}
//
//     GET   {"revoked":[{"sub":"ann","at":1800000000.25,"until":null,"position":7,"by":"root"}]}
//
// A revocation is in force on every connection before it is answered, and lasts as the log has it
// (http/credentials/revocations.h). A machine needs the right `admin:/tokens`.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <optional>

#include "http/routes/routes.h"

namespace freshet::http {

// Of a subject or of a token's id: a token, and so what it can say, is no longer.
inline constexpr std::size_t revoked_name_bytes_max = 4'096;

// 400 for what is no JSON object, 403, 415, 422 for what names no tokens, 501 without [auth]; 503
// if there is no room for more, and 503 or 507 if the log does not take it: then it is in force,
// but only until a restart.
NextStep post_revoke(const Call& call);
// Refuses those who may revoke nothing, whatever the body says.
std::optional<Answer> check_revoke(const Call& call);

// What is in force: subjects, then token ids, then sessions. `limit` bounds the page, and `next` of
// one that is not the last is the `after` of the next.
NextStep get_revoked(const Call& call);

}  // namespace freshet::http
