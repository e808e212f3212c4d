// How an item is written as JSON.
#pragma once

namespace freshet::engine {

enum class ItemForm {
    plain,  // {"total":7.50}
    typed   // {"total":{"N":"7.50"}}, as DynamoDB has it
};

}  // namespace freshet::engine
