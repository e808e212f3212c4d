// The name that a client gives to a direct write, so that it is carried out once: its
// Idempotency-Key, with whose it is and what it was given to.
//
// Threads: pure.
#pragma once

#include <optional>
#include <string_view>

#include "http/messages/query.h"
#include "http/messages/request.h"
#include "storage/idempotency.h"

namespace freshet::http {

// Nothing if the request has no such key. `body` is what the request asks for beside its method and
// target: the same of a request that is sent again. The answer is a 400 that says what is wrong.
OrAnswer<std::optional<storage::Idempotency>> command_name(const Request& request,
                                                           std::string_view body);

}  // namespace freshet::http
