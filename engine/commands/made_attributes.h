// The attributes of an item that the server makes (engine/catalog/schema.h).
//
// What is made when an item is inserted stays as it was then. So an item that is written back as it
// was read is the same, and what is made does not make it another.
//
// Threads: pure.
#pragma once

#include <optional>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/schema.h"
#include "engine/text/fault.h"
#include "storage/image.h"
#include "storage/time.h"

namespace freshet::engine {

// A fault for each attribute that the server makes and the document has otherwise than the item,
// which is `known`; nothing if there is none.
std::vector<Fault> faults_of_made(const Schema& schema, storage::ImageView document,
                                  std::optional<storage::ImageView> known);

// The item as the document has it, with what the server makes of it at the time `now`.
storage::Image with_made(const Schema& schema, storage::ImageView document,
                         std::optional<storage::ImageView> known, const Caller& caller,
                         storage::AppendTime now);

// Whether two images of an item are the same but for what the server makes of each write.
bool same_but_made(const Schema& schema, storage::ImageView a, storage::ImageView b);

}  // namespace freshet::engine
