// POST /tokens: a token for somebody, by whoever may make one.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "http/credentials/token_vendor.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/routes/routes.h"

namespace freshet::http {

// The body is an object of any of `sub`, `role` (a text or an array), `grants` (an array), `claims`
// (an object of texts, numbers, booleans and arrays of them) and `ttl_s`. What is left out is as
// the maker's own is; a token of a maker with grants has those but for `vend`; one for somebody
// else has nothing of its maker but the bounds.
//
// 200 {"token":…,"exp":…}; 403 for what the maker may not hand on, and to a cookie, which scripts
// are not to turn into a token; 413, 422 for what is wrong in the body; 501 if no key signs.
NextStep post_tokens(const Call& call);
// Refuses those who may make no tokens at all, whatever the body says.
std::optional<Answer> check_tokens(const Call& call);
Answer post_tokens(TokenVendor& vendor, const Request& request, std::chrono::sys_seconds now);

// The answer, with what was done for the audit log.
Answer audited(Answer answer, std::string action);

}  // namespace freshet::http
