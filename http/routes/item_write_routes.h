// PUT, PATCH, DELETE and POST of items, and updates: direct writes, to tables that applications
// write.
//
//     a request  ->  engine::Command  ->  the sequencer  ->  201, 200 or 204; or why not
//
// The answer of a write that leaves an item says what became of it:
// {"position":1042,"status":"created","key":{"pk":"7c9e"}}. `status` is created, changed or
// unchanged; the ETag names the item's state, for the If-Match of the next write. A write that was
// carried out before under its Idempotency-Key is answered as it was then.
#pragma once

#include <optional>

#include "http/messages/answer.h"
#include "http/routes/routes.h"

namespace freshet::http {

// Refuses by the head alone: where there is no such table, or it takes records of a stream; those
// who may write none of its items; and bodies of other types.
std::optional<Answer> check_item_write(const Call& call);

// The same of an update.
std::optional<Answer> check_item_update(const Call& call);

NextStep put_item(const Call& call);
NextStep patch_item(const Call& call);
NextStep post_item(const Call& call);
NextStep delete_item(const Call& call);
// POST …/KEY/update (engine/commands/item_update.h).
NextStep update_item(const Call& call);

}  // namespace freshet::http
