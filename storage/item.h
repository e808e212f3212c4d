// What is known of one item: its head, which outlives a REMOVE, and its image while it exists.
//
// Invariants
//   - The record that began an item's present life is its newest record or one before it.
//   - It has one head a stream.
//   - One that is hidden has an image.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/image.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/time.h"

namespace freshet::storage {

// The last record of one stream.
struct StreamHead {
    std::uint32_t stream;       // its number in the table's lineage
    std::string_view sequence;  // as the source wrote it
};

// The parts from which an item's bytes are made.
struct ItemParts {
    std::string_view source;         // the table that its records come from; empty if none said
    std::string_view label;          // of the stream of its newest record; empty if none said
    std::string_view sequence;       // of its stream's newest record, as the source wrote it
    Position created;                // the record that began its present life
    Position changed;                // its newest record
    bool stale = false;              // whether a newer change came without its image
    bool imported = false;           // whether all that is known of it comes from exports
    bool reconciled = false;         // whether its newest record is a reconciled one
    bool undated = false;            // whether `time` is of an earlier record than its newest
    std::uint32_t stream = 0;        // of its newest record; 0 of an import
    std::optional<SourceTime> time;  // of its newest record that has one
    std::vector<StreamHead> others;  // of each other stream that it ever had a record of
    std::optional<ImageView> image;
    // The attribute by which it expired before its source removed it; empty: it did not. As long as
    // its table expires by that attribute, the item is not shown.
    std::string_view hidden_by = {};
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
