// GET /: the tables and views that there are, the events, and where else to look, each with a curl
// line that works as it is when copied.
//
// The lines name the host that the request came to, and an item or partition that is there
// (http/routes/index_examples.h); a `{part}` stands where none is known yet.
#pragma once

#include "engine/engine.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_index(const Call& call);

Answer index_answer(const engine::Engine& engine, const Request& request);

}  // namespace freshet::http
