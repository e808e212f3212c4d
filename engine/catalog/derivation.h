// Derived attributes: worked out from an item's stored ones, and then used like them.
//
//     derive = { words = { words = "body" }, rank = { index = "priority", in = ["urgent", "low"] }
//     }
//
// They are never stored and never written back: those who read an image through a SeenImage
// (engine/catalog/seen_image.h) see them, worked out from that very image, so they cannot be stale.
// A derived attribute hides a stored one of the same name. Each is worked out of stored attributes
// alone, not of other derived ones.
//
//     words         of a string: runs of what is not whitespace; with `split`, pieces between it
//     length        of a string: characters (Unicode code points); of a binary: bytes
//     size          of a list, a map or a set: its elements
//     upper, lower  of a string (engine/text/letter_case.h)
//     concat        strings and numbers, one after the other, with `with` between them
//     coalesce      the first that is there and not null
//     index         the place of a string or number among `in`, from 0
//
// Where the attribute is missing or of another type, there is no derived one either.
//
// Invariants
//   - Working one out takes one pass over what it is made of.
//
// Threads: pure; any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/values/attribute_path.h"
#include "storage/image.h"

namespace freshet::engine {

struct Derivation {
    enum class Function { words, length, size, upper, lower, concat, coalesce, index };

    std::string name;
    Function function = Function::words;
    std::vector<AttributePath> of;  // concat, coalesce: one or more; the others: one
    std::string text;               // words: `split`, empty for whitespace; concat: `with`
    std::vector<std::string> in;    // index; numbers as canonical decimals
};

// An image of this one attribute, worked out of the stored ones; nothing if there is none.
std::optional<storage::Image> derive(const Derivation& derivation, storage::ImageView stored);

// How often this thread has called derive(). Tests ask what a request has worked out, since that
// it was quick cannot be asserted.
std::uint64_t derivations_done();

}  // namespace freshet::engine
