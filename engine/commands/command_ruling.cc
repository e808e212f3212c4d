#include "engine/commands/command_ruling.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/catalog/item_key.h"
#include "engine/catalog/seen_image.h"
#include "engine/commands/made_attributes.h"
#include "engine/commands/merge_patch.h"
#include "engine/commands/schema_check.h"
#include "engine/commands/transition_check.h"
#include "engine/values/image_size.h"
#include "engine/values/same_value.h"

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

tl::unexpected<CommandRefusal> refuse_step(CommandRefusal refusal, Position newest) {
    if (refusal.kind == RefusalKind::conflict) refusal.newest = newest;
    return tl::unexpected(std::move(refusal));
}

tl::unexpected<CommandRefusal> refuse_document(std::vector<Fault> faults) {
    return tl::unexpected(CommandRefusal{
        .kind = RefusalKind::invalid, .detail = {}, .faults = std::move(faults), .newest = {}});
}

tl::unexpected<CommandRefusal> refuse_size(std::size_t size) {
    return refuse_document(
        {{.pointer = {},
          .detail = "makes an item of " + std::to_string(size) + " bytes, expected at most " +
                    std::to_string(item_size_max) + ", as in DynamoDB"}});
}

// The item as the client would have it. `base` is the item as it is, or else its key.
tl::expected<Image, std::vector<Fault>> asked_of(const Command& command, ImageView base) {
    switch (command.kind) {
        case CommandKind::merge:
            return merge_patch(base, command.document->view());
        case CommandKind::update:
            return updated(base, *command.update);
        default:
            return *command.document;
    }
}

// With what the server makes of it.
Image with_made(const Command& command, ImageView asked, std::optional<ImageView> known,
                storage::AppendTime now) {
    const std::optional<Schema>& schema = command.table->schema;
    return schema ? with_made(*schema, asked, known, *command.caller, now) : Image(asked);
}

// The item as it is to be; or what its table's schema has against it.
tl::expected<Image, std::vector<Fault>> made_of(const Command& command,
                                                std::optional<ImageView> known,
                                                storage::AppendTime now) {
    auto asked = asked_of(command, known ? *known : command.item.keys.view());
    const std::optional<Schema>& schema = command.table->schema;
    if (!asked || !schema) return asked;
    auto faults = faults_of_made(*schema, asked->view(), known);
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    Image after = with_made(command, asked->view(), known, now);
    faults = faults_of(*schema, after.view());
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return after;
}

bool is_same(const Command& command, ImageView known, ImageView after) {
    const std::optional<Schema>& schema = command.table->schema;
    return schema ? same_but_made(*schema, known, after) : same_value(known, after);
}

}  // namespace

// A stale item is not known as it is: nothing can be merged into it, and a PUT of what is known of
// it is no repetition.
tl::expected<CommandRuling, CommandRefusal> rule(const Command& command,
                                                 const std::optional<ItemParts>& known,
                                                 storage::AppendTime now) {
    const bool exists = known && (known->image || known->stale);
    const bool has_image = known && known->image;
    const bool is_stale = known && known->stale;
    const Position newest = exists ? known->changed : Position{};
    const auto forbid = [&] {
        return refuse(RefusalKind::forbidden,
                      "these credentials do not admit to writing " + name_of_item(command));
    };
    if (has_image && !may_make(command, *known->image)) return forbid();
    const auto image = has_image ? std::optional(*known->image) : std::nullopt;
    const bool is_put = command.kind == CommandKind::put;
    if (is_put) {
        const Image whole = with_made(command, command.document->view(), image, now);
        if (!may_make(command, whole.view())) return forbid();
    }
    if (std::string detail = unmet(command.precondition, exists, newest); !detail.empty()) {
        return refuse(RefusalKind::precondition, std::move(detail), newest);
    }

    if (command.kind == CommandKind::remove) {
        return CommandRuling{exists ? CommandEffect::removed : CommandEffect::unchanged, {}};
    }
    const bool is_update = command.kind == CommandKind::update;
    if (!is_put && !is_update && !exists) {
        return refuse(RefusalKind::absent,
                      "there is no item with this key to merge into: PUT "
                      "makes one");
    }
    if (!is_put && is_stale) {
        return refuse(RefusalKind::conflict,
                      "a change of this item came without its image, so what is known of it is out "
                      "of date: PUT the whole item",
                      newest);
    }
    auto after = made_of(command, image, now);
    if (!after) return refuse_document(std::move(after.error()));
    if (const std::size_t size = image_size(after->view()); size > item_size_max) {
        return refuse_size(size);
    }
    if (!is_put && !may_make(command, after->view())) return forbid();
    const auto touches = check_transitions(command, image, after->view());
    if (!touches) return refuse_step(touches.error(), newest);
    if (!exists) return CommandRuling{CommandEffect::created, *std::move(after)};
    const bool may_be_same = image && !is_stale && !*touches;
    if (may_be_same && is_same(command, *image, after->view())) return CommandRuling{};
    return CommandRuling{CommandEffect::changed, *std::move(after)};
}

}  // namespace freshet::engine
