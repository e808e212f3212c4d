// Who may read something, in plain words: what `freshet check` says of each view and event.
//
//     ["owner", "staff"]  ->  anyone who owns the item (creator); role staff; admins
//
// The words say what engine/access/grants.h allows, for those whom no grants narrow.
//
// Threads: pure; any.
#pragma once

#include <optional>
#include <string>

#include "engine/catalog/catalog.h"

namespace freshet::engine {

// `owner` is the attribute by which the table names an item's owner.
std::string readers_of(const Access& access, const std::optional<AttributePath>& owner);

}  // namespace freshet::engine
