// What clients are told of direct writes, whether they sent one or several.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commands/command.h"
#include "engine/values/item_form.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

// In which form the body has its documents; nothing if it is of another type.
std::optional<engine::ItemForm> form_of(const Request& request);

// 415. `path` is where the request should have gone, behind the server's own, with such a body.
Answer wrong_type(const Request& request, std::string_view path, std::string_view example);

// 422, with each fault.
Answer invalid_body(const std::vector<engine::Fault>& faults);

// Why a command was not carried out. `pointer` is where its document stands in the body, `before`
// what the detail begins with, and `members` are more of the problem, as JSON.
Answer refused_answer(const engine::CommandRefusal& refusal, std::string_view pointer = {},
                      std::string_view before = {}, std::string members = {});

// Where the item is, behind the prefix under which clients reach the server.
std::string item_path(const std::string& prefix, const engine::Table& table,
                      const engine::ItemName& name);

// What the command's documents take of memory.
std::size_t documents_bytes(const engine::Command& command);

}  // namespace freshet::http
