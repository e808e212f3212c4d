// What is known of one item: its head, which outlives a REMOVE, and its image while it exists.
//
// Invariants
//   - The record that began an item's present life is its newest record or one before it.
//
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/image.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::storage {

// The parts from which an item's bytes are made.
struct ItemParts {
    std::string_view source;    // the table that its records come from; empty if none said
    std::string_view label;     // of the stream of its newest record; empty if none said
    std::string_view sequence;  // of its newest record, as the source wrote it
    Position created;           // the record that began its present life
    Position changed;           // its newest record
    bool stale = false;         // whether a newer change came without its image
    bool imported = false;      // whether its newest record is an import
    std::optional<ImageView> image;
};

// Owns its bytes.
class Item {
public:
    // Fails with corrupt  if `bytes` are not an item.
    static Result<Item> from_bytes(std::string bytes);
    explicit Item(const ItemParts& parts);

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

    // Views into the item, valid as long as it.
    [[nodiscard]] ItemParts parts() const;

private:
    explicit Item(std::string bytes) : bytes_(std::move(bytes)) {}

    std::string bytes_;
};

}  // namespace freshet::storage
