// The answer to a read of a list or total that is new and not built to its end yet.
#pragma once

#include <string>

#include "engine/engine.h"
#include "http/messages/answer.h"

namespace freshet::http {

// What a read of the view of that name has failed with; where that is because it is being built,
// with about how far it is, and a time to come back.
Answer unreadable(const engine::Engine& engine, const std::string& view, const Error& error);

}  // namespace freshet::http
