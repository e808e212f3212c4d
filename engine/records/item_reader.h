// Reads what a direct write brings from the nodes of its body: a document, or an update.
//
// Threads: a reader belongs to one thread.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/catalog/catalog.h"
#include "engine/commands/item_update.h"
#include "engine/records/body_faults.h"
#include "engine/records/image_reader.h"
#include "engine/text/json.h"
#include "engine/values/item_form.h"
#include "storage/image.h"

namespace freshet::engine {

// DynamoDB allows no more levels of lists and maps within each other.
inline constexpr std::size_t item_depth_max = 32;

class ItemReader {
public:
    ItemReader(Faults& faults, ItemForm form)
        : faults_(faults), reader_(faults, form, ImageReader::Taken::of_dynamodb) {}

    // Nothing if there is a fault in it. `place` is that of the node.
    std::optional<storage::Image> document(const JsonNode& node, const Place& place);

    // Reads a member of an object into the update, if it is a part of one: `set`, `add` or
    // `delete`. False if it is not. `object` is the place of what it is a member of.
    bool update_part(const Table& table, const JsonNode& member, const Place& object,
                     ItemUpdate& update);

private:
    Faults& faults_;
    ImageReader reader_;
};

}  // namespace freshet::engine
