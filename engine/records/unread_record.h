// A record that cannot be understood and is to be kept as it came: what it becomes in its batch, in
// place of a fault.
//
//     BatchReader, LineChunk  ->  unread_record()  ->  BatchRecord::unread  ->  a notice in the log
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/access/caller.h"
#include "engine/records/change_batch.h"
#include "engine/records/dynamodb_json.h"
#include "engine/text/fault.h"

namespace freshet::engine {

// A longer one is wrong as any other.
inline constexpr std::size_t unread_text_max = std::size_t{512} << 10U;

// Whether such records are to be kept, and their sender might append them if they were right.
bool parks_unread(const DecodeOptions& options);

// The record with that text. `fault` is what is wrong with it, and points into it.
BatchRecord unread_record(std::string_view text, std::string_view sequence, Fault fault,
                          const Caller& sender);

// The same of a text that is to be one record of the batch, with nothing around it: behind the
// others. `line` is as in Fault. Returns false, and does nothing, if it is not to be kept.
bool park_text(std::string_view text, std::uint64_t line, Fault fault, const DecodeOptions& options,
               ChangeBatch& batch);

}  // namespace freshet::engine
