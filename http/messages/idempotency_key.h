// The Idempotency-Key of a request: the name that a client gives to a write, so that it may be sent
// again (draft-ietf-httpapi-idempotency-key-header).
//
//     Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324"
//
// The draft has it as a string of a structured field (RFC 8941). Many clients leave out the quotes,
// and are understood.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "http/messages/answer.h"
#include "http/messages/query.h"
#include "http/messages/request.h"

namespace freshet::http {

inline constexpr std::size_t idempotency_key_max = 255;  // characters

// The key; nothing if the request has none. The answer is a 400 that says what is wrong with it.
OrAnswer<std::optional<std::string>> idempotency_key_of(const Request& request);

}  // namespace freshet::http
