// Derived attributes: worked out from an item's stored ones, and then used like them.
//
//     derive = { words = { words = "body" }, rank = { index = "priority", in = ["urgent", "low"] }
//     }
//
// They are never stored and never written back: whoever reads an image through with_derived() sees
// them, computed from that very image, so they cannot be stale. A derived attribute hides a stored
// one of the same name. Each is worked out of stored attributes alone, not of other derived ones.
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
// Threads: pure; any.
#pragma once

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

// The image with these attributes in it, and without the stored ones that they hide.
storage::Image with_derived(const std::vector<Derivation>& derivations, storage::ImageView image);

// An image as views, lists and rules see it. Costs nothing where nothing is derived.
class SeenImage {
public:
    // Looks into the bytes of `stored`.
    SeenImage(const std::vector<Derivation>& derivations, storage::ImageView stored)
        : view_(stored) {
        if (derivations.empty()) return;
        derived_ = with_derived(derivations, stored);
        view_ = derived_->view();
    }
    SeenImage(const SeenImage&) = delete;
    SeenImage& operator=(const SeenImage&) = delete;

    [[nodiscard]] storage::ImageView view() const { return view_; }

private:
    std::optional<storage::Image> derived_;
    storage::ImageView view_;
};

}  // namespace freshet::engine
