#include "engine/commands/command_ruling.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
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

constexpr const char* unknown_to_condition =
    "a change of this item came without its image, so `if` cannot be asked of it";

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

// Whether the item is as the condition has it.
bool meets(const Pattern& condition, const Table& table, std::optional<ImageView> image) {
    if (image) return condition.matches(SeenImage(table.derive, *image));
    const Image nothing = storage::ImageBuilder().finish({});
    return condition.matches(SeenImage(nothing.view()));
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

std::optional<Fault> fault_of_size(const Image& item) {
    const std::size_t size = image_size(item.view());
    if (size <= item_size_max) return std::nullopt;
    return Fault{.pointer = {},
                 .detail = "makes an item of " + std::to_string(size) +
                           " bytes, expected at most " + std::to_string(item_size_max) +
                           ", as in DynamoDB"};
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

// The name that the pointer begins with.
std::string first_name(std::string_view pointer) {
    std::string name(pointer.substr(0, pointer.find('/', 1)));
    if (!name.empty()) name.erase(0, 1);
    for (const auto& [escaped, plain] : {std::pair("~1", '/'), std::pair("~0", '~')}) {
        for (auto at = name.find(escaped); at != std::string::npos;
             at = name.find(escaped, at + 1)) {
            name.replace(at, 2, 1, plain);
        }
    }
    return name;
}

// Faults of what an update would make of its item, as faults of the update: each points to the part
// that names the attribute. What no part names stays as it is.
std::vector<Fault> in_update(const ItemUpdate& update, std::vector<Fault> faults) {
    const std::array<std::pair<std::string_view, const std::optional<Image>*>, 3> parts = {
        {{update_set, &update.set}, {update_add, &update.add}, {update_delete, &update.taken}}};
    for (Fault& fault : faults) {
        const std::string name = first_name(fault.pointer);
        for (const auto& [word, part] : parts) {
            if (!*part || !(*part)->view().find(name)) continue;
            fault.pointer = '/' + std::string(word) + fault.pointer;
            break;
        }
    }
    return faults;
}

// The item as it is to be; or what is wrong with it.
tl::expected<Image, std::vector<Fault>> made_of(const Command& command,
                                                std::optional<ImageView> known,
                                                storage::AppendTime now) {
    auto asked = asked_of(command, known ? *known : command.item.keys.view());
    if (!asked) return asked;
    // Before all that is asked of each of its values: all writers wait meanwhile.
    if (auto fault = fault_of_size(*asked)) return tl::unexpected(std::vector{*std::move(fault)});
    const std::optional<Schema>& schema = command.table->schema;
    if (!schema) return asked;
    const auto refuse = [&](std::vector<Fault> faults) {
        return tl::unexpected(command.update ? in_update(*command.update, std::move(faults))
                                             : std::move(faults));
    };
    auto faults = faults_of_made(command, asked->view(), known);
    if (!faults.empty()) return refuse(std::move(faults));
    Image after = with_made(*schema, asked->view(), known, *command.caller, now);
    if (auto fault = fault_of_size(after)) return tl::unexpected(std::vector{*std::move(fault)});
    faults = faults_of(*schema, after.view());
    if (!faults.empty()) return refuse(std::move(faults));
    return after;
}

bool is_same(const Command& command, ImageView known, ImageView after) {
    const std::optional<Schema>& schema = command.table->schema;
    return schema ? same_but_made(*schema, known, after) : same_value(known, after);
}

// Whether what the table says of its items depends on what an item was before.
bool looks_back(const Table& table) {
    const bool makes = table.schema && !table.schema->made.empty();
    return makes || !table.transitions.empty() || !table.editable.empty() ||
           !table.removable.empty();
}

// Whether the item would be the caller's to write, if it were as a PUT has it.
bool may_make_put(const Command& command, std::optional<ImageView> known, storage::AppendTime now) {
    const ImageView document = command.document->view();
    const std::optional<Schema>& schema = command.table->schema;
    if (!schema || schema->made.empty()) return may_make(command, document);
    const Image whole = with_made(*schema, document, known, *command.caller, now);
    return may_make(command, whole.view());
}

}  // namespace

// A stale item is not known as it is: nothing can be merged into it, and a PUT of what is known of
// it is no repetition. Where what it was decides what may become of it, it is for an admin to say
// what it is, with all that the server has made of it.
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
    const bool is_put = command.kind == CommandKind::put;
    std::optional<ImageView> image = has_image ? std::optional(*known->image) : std::nullopt;
    if (is_stale && is_put && looks_back(*command.table)) image = command.document->view();
    if (is_put && !may_make_put(command, image, now)) return forbid();
    if (std::string detail = unmet(command.precondition, exists, newest); !detail.empty()) {
        return refuse(RefusalKind::precondition, std::move(detail), newest);
    }
    if (const auto& condition = command.precondition.condition) {
        if (is_stale) return refuse(RefusalKind::precondition, unknown_to_condition, newest);
        if (!meets(*condition, *command.table, has_image ? known->image : std::nullopt)) {
            return refuse(RefusalKind::precondition,
                          exists ? "the item is not as `if` has it"
                                 : "the item is not there, and `if` asks for one",
                          newest);
        }
    }

    if (command.kind == CommandKind::check) return CommandRuling{};

    const bool is_remove = command.kind == CommandKind::remove;
    if (is_stale && looks_back(*command.table) && !is_admin(*command.caller)) {
        return refuse(RefusalKind::conflict,
                      "a change of this item came without its image, so what may become of it is "
                      "not known: an admin can PUT the whole item, or DELETE it",
                      newest);
    }
    if (is_remove) {
        if (!exists) return CommandRuling{};
        if (!is_stale) {
            auto checked = check_removal(command, *image);
            if (!checked) return refuse_step(std::move(checked.error()), newest);
        }
        return CommandRuling{CommandEffect::removed, {}};
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
    if (!is_put && !may_make(command, after->view())) return forbid();
    const auto touches = check_transitions(command, image, after->view());
    if (!touches) return refuse_step(touches.error(), newest);
    if (!exists) return CommandRuling{CommandEffect::created, *std::move(after)};
    const bool may_be_same = image && !is_stale && !*touches;
    if (may_be_same && is_same(command, *image, after->view())) return CommandRuling{};
    return CommandRuling{CommandEffect::changed, *std::move(after)};
}

tl::expected<void, CommandRefusal> CommandSizes::add_condition(
    const Command& command, const std::optional<ItemParts>& known) {
    const auto& condition = command.precondition.condition;
    if (!condition || !known || !known->image) return {};
    conditions_ += image_size(*known->image) * condition->entries();
    if (conditions_ <= conditions_size_max) return {};
    return refuse_document({{.pointer = {},
                             .detail = "looks, with the conditions before it, at more than " +
                                       std::to_string(conditions_size_max) +
                                       " bytes of items: ask less of large items at once"}});
}

tl::expected<void, CommandRefusal> CommandSizes::add_item(const CommandRuling& ruling,
                                                          const std::optional<ItemParts>& known) {
    if (ruling.effect == CommandEffect::unchanged) return {};
    const std::size_t before = known && known->image ? image_size(*known->image) : 0;
    const std::size_t after = ruling.after ? image_size(ruling.after->view()) : 0;
    items_ += std::max(before, after);
    if (items_ <= items_size_max) return {};
    return refuse_document({{.pointer = {},
                             .detail = "makes, with the writes before it, more than " +
                                       std::to_string(items_size_max) +
                                       " bytes of items, as DynamoDB allows: write less at once"}});
}

}  // namespace freshet::engine
