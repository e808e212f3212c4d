// What clients are told of direct writes, whether they sent one or several.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commands/command.h"
#include "http/messages/answer.h"

namespace freshet::http {

// 422, with each fault.
Answer invalid_body(const std::vector<engine::Fault>& faults);

// Why a command was not carried out. `fingerprint` is that of its table's items, of which the ETag
// names a state. `pointer` is where its document stands in the body, `before` what the detail
// begins with, and `members` are more of the problem, as JSON.
Answer refused_answer(const engine::CommandRefusal& refusal, std::uint64_t fingerprint,
                      std::string_view pointer = {}, std::string_view before = {},
                      std::string members = {});

// Where the item is, behind the prefix under which clients reach the server.
std::string item_path(const std::string& prefix, const engine::Table& table,
                      const engine::ItemName& name);

// What the command's documents take of memory.
std::size_t documents_bytes(const engine::Command& command);

}  // namespace freshet::http
