// The JSON body of an order to the server. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>
#include "engine/text/json.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

// The body; 415 if it is said to be something else, and what its JSON is refused with.
tl::expected<engine::JsonDocument, Answer> json_in(Request& request);

// The same of an object that has no other members than these; else 422, with the form that is
// expected.
tl::expected<engine::JsonDocument, Answer> object_in(Request& request,
                                                     std::initializer_list<std::string_view> known,
                                                     std::string_view form);

// Digits alone; nothing if there is anything else, or too many of them.
std::optional<std::uint64_t> whole_number(std::string_view digits);
// Nothing if the node is no number, or not a whole one.
std::optional<std::uint64_t> whole_number(const engine::JsonNode& node);

}  // namespace freshet::http
