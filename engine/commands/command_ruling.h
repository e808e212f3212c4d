// Whether a command is carried out, and what it makes of its item.
//
//     the item as it is, a command  ->  rule()  ->  the item as it is to be, or why not
//
// What is asked, in this order: whether the caller may write the item as it is, and as a PUT would
// have it; whether the item is in the state that the client expects; what the command would make of
// it, whether that is as the table's schema has it, whether the caller may write that, and whether
// the status of the item may take that step; and whether it differs from what is there, but for
// what the server makes of each write. So those who may not write an item learn nothing of its
// state but whether it is there.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <tl/expected.hpp>

#include "engine/commands/command.h"
#include "storage/image.h"
#include "storage/item.h"
#include "storage/time.h"

namespace freshet::engine {

// As DynamoDB has it, and counts it (engine/values/image_size.h). It also keeps a record, which has
// the item twice, well below what can be read back and what another server takes in one body.
inline constexpr std::size_t item_size_max = 400U << 10U;

// Of the commands that are carried out together. Their items, as in DynamoDB: of each the larger
// of what it was and what it is to be.
inline constexpr std::size_t items_size_max = 4U << 20U;
// What their conditions look at: the size of each item as often as its condition has entries. That
// is a tenth of a second, for which all writers wait.
inline constexpr std::size_t conditions_size_max = 8U << 20U;

struct CommandRuling {
    CommandEffect effect = CommandEffect::unchanged;
    std::optional<storage::Image> after;  // of created and changed
};

// What the commands have taken of these so far.
class CommandSizes {
public:
    // Before the command is ruled on.
    tl::expected<void, CommandRefusal> add_condition(
        const Command& command, const std::optional<storage::ItemParts>& known);
    // Once it was.
    tl::expected<void, CommandRefusal> add_item(const CommandRuling& ruling,
                                                const std::optional<storage::ItemParts>& known);

private:
    std::size_t items_ = 0;
    std::size_t conditions_ = 0;
};

// `known` is what is known of the command's item; nothing if it never was. `now` is the time that
// is written into what is made.
tl::expected<CommandRuling, CommandRefusal> rule(const Command& command,
                                                 const std::optional<storage::ItemParts>& known,
                                                 storage::AppendTime now);

}  // namespace freshet::engine
