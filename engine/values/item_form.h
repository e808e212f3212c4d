// The two forms of an item as JSON.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>

#include "storage/image.h"

namespace freshet::engine {

enum class ItemForm : std::uint8_t {
    plain,  // {"total":7.50}
    typed   // {"total":{"N":"7.50"}}, as DynamoDB has it
};

void append_item_json(std::string& out, storage::ImageView item, ItemForm form);

}  // namespace freshet::engine
