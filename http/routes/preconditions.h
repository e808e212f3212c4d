// What a direct write asks of the item before it: If-Match, If-None-Match and `?if=`.
//
// Threads: pure.
#pragma once

#include <optional>
#include <string_view>

#include "engine/commands/command.h"
#include "http/messages/query.h"
#include "http/messages/request.h"

namespace freshet::http {

// Takes the entity tags of an If-Match, or else of an If-None-Match: a list, or `*`. One that is
// not of this server names no state. False if there is none, or one is no tag.
bool take_tags(engine::Precondition& expected, bool is_match, std::string_view tags);

// Of the request's headers and its target. The answer is a 400 that says what is wrong with the
// pattern.
OrAnswer<engine::Precondition> precondition_of(const Request& request);

// Whether one of the headers names a state.
bool names_state(const Request& request);

}  // namespace freshet::http
