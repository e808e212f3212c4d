// POST /records: the way in for changes.
#pragma once

#include "http/routes.h"

namespace freshet::http {

// Decodes the body. What is wrong with it is answered at once, without troubling the engine.
Outcome post_records(const engine::Engine& engine, Request& request);

// The answer to what the engine made of the records.
// `partial` and `minimal` are those of the request.
Answer receipt_answer(const Result<engine::Receipt>& receipt, bool partial, bool minimal);

}  // namespace freshet::http
