#include "engine/commands/command_ruling.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/access/grants.h"
#include "engine/catalog/item_key.h"
#include "engine/catalog/seen_image.h"
#include "engine/commands/merge_patch.h"
#include "engine/values/same_value.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageView;
using storage::ItemParts;
using storage::Position;

std::string name_of_item(const Command& command) {
    return command.table->name + '/' + item_key_text(*command.table, command.item.keys.view());
}

bool may_make(const Command& command, ImageView image) {
    const SeenImage seen(command.table->derive, image);
    return may_write(*command.caller, *command.table, seen);
}

tl::unexpected<CommandRefusal> refuse(RefusalKind kind, std::string detail, Position newest = {}) {
    return tl::unexpected(
        CommandRefusal{.kind = kind, .detail = std::move(detail), .newest = newest});
}

// What the item's state has against the precondition; empty if nothing.
std::string unmet(const Precondition& expected, bool exists, Position newest) {
    const auto names = [newest](const std::vector<Position>& states) {
        return std::find(states.begin(), states.end(), newest) != states.end();
    };
    const std::string state = "at position " + std::to_string(newest.value);
    if (expected.must_exist && !exists) return "the item is not there, and If-Match is *";
    if (expected.match && !exists) return "the item is not there, and If-Match names a state of it";
    if (expected.match && !names(*expected.match)) {
        return "the item was changed last " + state + ", which If-Match does not name";
    }
    if (expected.must_be_absent && exists) {
        return "the item is there, since " + state + ", and If-None-Match is *";
    }
    if (exists && names(expected.none_match)) {
        return "the item was changed last " + state + ", which If-None-Match names";
    }
    return {};
}

}  // namespace

tl::expected<CommandRuling, CommandRefusal> rule(const Command& command,
                                                 const std::optional<ItemParts>& known) {
    const bool exists = known && known->image;
    const Position newest = known ? known->changed : Position{};
    const auto forbid = [&] {
        return refuse(RefusalKind::forbidden,
                      "these credentials do not admit to writing " + name_of_item(command));
    };
    if (exists && !may_make(command, *known->image)) return forbid();
    if (std::string detail = unmet(command.precondition, exists, newest); !detail.empty()) {
        return refuse(RefusalKind::precondition, std::move(detail), newest);
    }

    if (command.kind == CommandKind::remove) {
        return CommandRuling{exists ? CommandEffect::removed : CommandEffect::unchanged, {}};
    }
    invariant(command.document.has_value(), "a command that writes has a document");
    const bool merges = command.kind == CommandKind::merge;
    if (merges && !exists) {
        return refuse(RefusalKind::absent,
                      "there is no item with this key to merge into: PUT "
                      "makes one");
    }
    Image after = merges ? merge_patch(*known->image, command.document->view())
                         : Image(command.document->view());
    if (!may_make(command, after.view())) return forbid();
    if (!exists) return CommandRuling{CommandEffect::created, std::move(after)};
    if (same_value(*known->image, after.view())) return CommandRuling{};
    return CommandRuling{CommandEffect::changed, std::move(after)};
}

}  // namespace freshet::engine
