// The rooms of this tree and who may look into which. Pure.
//
// A room is a folder: a step of the way that data takes. Rooms have one order, that of this way,
// and a source includes its own room and those below it. From outside of its layer, a header of
// `engine/` or `http/` may be included only if it is a door.
//
// A new room is one line in `rooms` of the source, a new door one line in `door_paths`.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace freshet::tidy {

// The height of the room that a path of the product is in, from the bottom; nothing if it is in no
// room.
std::optional<std::size_t> height_of(std::string_view path);

// The headers of `engine/` and `http/` that other layers may include.
std::span<const std::string_view> doors();

}  // namespace freshet::tidy
