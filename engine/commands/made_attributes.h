// The attributes of an item that the server makes (engine/catalog/schema.h).
//
// What is made when an item is inserted stays as it was then. So an item that is written back as it
// was read is the same, and what is made does not make it another. What is made of each write is
// made again, whatever a PUT of an item that is there has in its place: its client has read it at
// some time, and somebody else may have written since.
//
// Threads: pure.
#pragma once

#include <optional>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/schema.h"
#include "engine/commands/command.h"
#include "engine/text/fault.h"
#include "storage/image.h"
#include "storage/time.h"

namespace freshet::engine {

// A fault for each attribute that the server makes and the client would have otherwise. `asked` is
// the item as the client would have it, and `known` as it is; nothing if there is none. What an
// item lacks that is made when one is inserted, since it is older than the schema, an admin may
// write.
std::vector<Fault> faults_of_made(const Command& command, storage::ImageView asked,
                                  std::optional<storage::ImageView> known);

// The item as the document has it, with what the server makes of it at the time `now`. What is made
// when an item is inserted is as in `known`, or else as in the document.
storage::Image with_made(const Schema& schema, storage::ImageView document,
                         std::optional<storage::ImageView> known, const Caller& caller,
                         storage::AppendTime now);

// Whether two images of an item are the same but for what the server makes of each write.
bool same_but_made(const Schema& schema, storage::ImageView a, storage::ImageView b);

}  // namespace freshet::engine
