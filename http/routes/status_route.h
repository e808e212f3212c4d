// GET /status: how the server is, at a glance, for people and for `freshet status`.
//
// It answers 200 in every mode. What cannot be known just then is null.
#pragma once

#include "engine/engine.h"
#include "http/credentials/revocations.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/routes/routes.h"
#include "http/streams/subscribers.h"

namespace freshet::http {

// For admins.
NextStep get_status(const Call& call);

Answer status_answer(const engine::Engine& engine, const Subscribers::Summary& subscribers,
                     const Revocations::Counts& revocations, const Request& request,
                     const std::optional<MemoryUse>& memory = std::nullopt);

}  // namespace freshet::http
