#include "engine/commands/transition_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/catalog/seen_image.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "engine/values/same_value.h"

namespace freshet::engine {
namespace {

using storage::ImageView;
using storage::ValueType;
using storage::ValueView;

using MaybeImage = std::optional<ImageView>;
using Status = std::optional<std::string_view>;  // nothing: the item has none

Status status_in(MaybeImage image, std::string_view field) {
    const auto value = image ? image->find(field) : std::nullopt;
    if (!value || value->type() != ValueType::string) return std::nullopt;
    return value->text();
}

std::string quoted(Status status) {
    return status ? quoted_text(*status) : "none";
}

std::string list_of(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) list += (list.empty() ? "\"" : ", \"") + text + '"';
    return list.empty() ? "none" : list;
}

bool names(const std::vector<std::string>& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// The status that the schema gives to an item that has none, if any.
Status initial_of(const Table& table, std::string_view field) {
    const MadeAttribute* made = table.schema ? table.schema->find_made(field) : nullptr;
    const std::string* text = made == nullptr ? nullptr : made->initial_text();
    return text == nullptr ? Status() : Status(*text);
}

bool is_from(const Transition& step, std::string_view field, Status status) {
    if (step.field != field) return false;
    return status ? names(step.from, *status) : step.from.empty();
}

// One status of one item, and where it may go from there.
class Standing {
public:
    // `image` is the item as it is.
    Standing(const Command& command, std::string_view field, ImageView image)
        : Standing(command, field, image, image) {}
    // `known` is the item as it is; nothing if there is none, but would be `after`.
    Standing(const Command& command, std::string_view field, MaybeImage known, ImageView after)
        : command_(command),
          field_(field),
          status_(status_in(known, field)),
          seen_(command.table->derive, known.value_or(after)) {
        // One that was written before there was a schema stands where a new one would.
        if (known && !status_) status_ = initial_of(*command.table, field);
    }

    [[nodiscard]] Status status() const { return status_; }

    // Whether the caller may do that with the item as it is, or a new one as it would be.
    [[nodiscard]] bool admits(const Access& access) const {
        return may_do(*command_.caller, access, seen_);
    }
    [[nodiscard]] bool admits(const std::optional<Access>& access) const {
        return !access || admits(*access);
    }

    // How a new item may begin is where one without a status may go.
    tl::unexpected<CommandRefusal> conflict(std::string detail) const {
        std::vector<std::string> reachable;
        const Status initial = status_ ? std::nullopt : initial_of(*command_.table, field_);
        if (initial) reachable.emplace_back(*initial);
        for (const Transition& step : command_.table->transitions) {
            const bool is_new = is_from(step, field_, status_) && !names(reachable, step.to);
            if (is_new && admits(step.access)) reachable.push_back(step.to);
        }
        return tl::unexpected(CommandRefusal{
            .kind = RefusalKind::conflict,
            .detail = std::move(detail),
            .status = StatusConflict{
                .field = std::string(field_),
                .current = status_ ? std::optional(std::string(*status_)) : std::nullopt,
                .reachable = std::move(reachable)}});
    }

private:
    const Command& command_;
    std::string_view field_;
    Status status_;
    SeenImage seen_;
};

tl::unexpected<CommandRefusal> forbid(std::string what) {
    return tl::unexpected(
        CommandRefusal{.kind = RefusalKind::forbidden,
                       .detail = "these credentials do not admit to " + std::move(what)});
}

class StatusCheck {
public:
    StatusCheck(const Command& command, std::string_view field, MaybeImage known, ImageView after)
        : command_(command),
          field_(field),
          standing_(command, field, known, after),
          is_new_(!known),
          after_(after),
          seen_(command.table->derive, after),
          was_(standing_.status()),
          is_(status_in(after, field)) {}

    // As check_transitions().
    tl::expected<bool, CommandRefusal> run() {
        if (const auto value = after_.find(field_); value && !is_) return refuse_type();
        if (was_ == is_ && !is_step_asked_for()) return false;
        if (!was_ && begins()) return false;
        bool is_declared = false;
        bool is_allowed = false;
        bool is_taken = false;
        bool touches = false;
        for (const Transition& step : command_.table->transitions) {
            if (!is_ || step.to != *is_ || !is_from(step, field_, was_)) continue;
            is_declared = true;
            if (!standing_.admits(step.access)) continue;
            if (!may_do(*command_.caller, step.access, seen_)) continue;
            is_allowed = true;
            if (!step.where.matches(seen_)) continue;
            is_taken = true;
            touches = touches || step.touches;
        }
        if (is_taken) return touches;
        if (command_.kind == CommandKind::put && was_ == is_) return false;
        if (!is_declared) return refuse_undeclared();
        if (!is_allowed) return forbid("the step from " + quoted(was_) + " to " + quoted(is_));
        return standing_.conflict("the item is not what the step from " + quoted(was_) + " to " +
                                  quoted(is_) + " asks for");
    }

private:
    // Whether the client has written the status, rather than left it as it is.
    [[nodiscard]] bool is_step_asked_for() const {
        if (!is_) return false;
        const auto& set = command_.update ? command_.update->set : command_.document;
        return set && set->view().find(field_).has_value();
    }

    // Whether a new item may have that status without a step.
    [[nodiscard]] bool begins() const {
        const Status initial = initial_of(*command_.table, field_);
        if (initial) return initial == is_;
        const auto& steps = command_.table->transitions;
        return std::none_of(steps.begin(), steps.end(), [&](const Transition& step) {
            return step.field == field_ && step.from.empty();
        });
    }

    [[nodiscard]] tl::unexpected<CommandRefusal> refuse_type() const {
        std::string pointer;
        append_pointer(pointer, field_);
        return tl::unexpected(CommandRefusal{
            .kind = RefusalKind::invalid,
            .detail = {},
            .faults = {{.pointer = std::move(pointer),
                        .detail = "is no string, expected one: it has the steps of a status"}}});
    }

    tl::unexpected<CommandRefusal> refuse_undeclared() const {
        const std::string stands = "the " + std::string(field_) + " of the item is " + quoted(was_);
        auto refusal = standing_.conflict({});
        const std::string reachable = list_of(refusal.value().status->reachable);
        if (is_new_ && !was_) {
            refusal.value().detail = "the " + std::string(field_) + " of a new item is one of " +
                                     reachable + ", and not " + quoted(is_);
            return refusal;
        }
        const std::string there_are = "; there are: " + reachable;
        refusal.value().detail =
            was_ == is_ ? stands + " already, and there is no step from it to itself" + there_are
                        : stands + ", from which there is no step to " + quoted(is_) + there_are;
        return refusal;
    }

    const Command& command_;
    std::string_view field_;
    Standing standing_;
    bool is_new_;
    ImageView after_;
    SeenImage seen_;
    Status was_;
    Status is_;
};

bool differs(ImageView known, ImageView after, const std::string& attribute) {
    const auto was = known.find(attribute);
    const auto is = after.find(attribute);
    return was && is ? !same_value(*was, *is) : was.has_value() != is.has_value();
}

// Why the attribute may not be changed as the item stands; nothing if it may. Any of the entries
// that name it allows it.
tl::expected<void, CommandRefusal> check_edit(const Command& command, ImageView known,
                                              const std::string& attribute) {
    const Editable* first = nullptr;
    std::vector<std::string> in;
    bool is_open = false;
    for (const Editable& editable : command.table->editable) {
        if (!names(editable.attributes, attribute)) continue;
        if (first == nullptr) first = &editable;
        const Standing standing(command, editable.field, known);
        const Status status = standing.status();
        if (!status || !names(editable.in, *status)) {
            if (editable.field != first->field) continue;
            in.insert(in.end(), editable.in.begin(), editable.in.end());
            continue;
        }
        if (standing.admits(editable.access)) return {};
        is_open = true;
    }
    if (first == nullptr) return {};
    if (is_open) return forbid("changing \"" + attribute + '"');
    const Standing standing(command, first->field, known);
    return standing.conflict('"' + attribute + "\" may be changed while the " + first->field +
                             " of the item is one of " + list_of(in) + ", and it is " +
                             quoted(standing.status()));
}

// The same of all that the write changes.
tl::expected<void, CommandRefusal> check_edits(const Command& command, ImageView known,
                                               ImageView after) {
    for (const Editable& editable : command.table->editable) {
        for (const std::string& attribute : editable.attributes) {
            if (!differs(known, after, attribute)) continue;
            if (auto checked = check_edit(command, known, attribute); !checked) return checked;
        }
    }
    return {};
}

}  // namespace

tl::expected<bool, CommandRefusal> check_transitions(const Command& command, MaybeImage known,
                                                     ImageView after) {
    bool touches = false;
    std::set<std::string_view> fields;
    for (const Transition& step : command.table->transitions) {
        if (!fields.insert(step.field).second) continue;
        auto checked = StatusCheck(command, step.field, known, after).run();
        if (!checked) return checked;
        touches = touches || *checked;
    }
    if (known) {
        auto checked = check_edits(command, *known, after);
        if (!checked) return tl::unexpected(std::move(checked.error()));
    }
    return touches;
}

tl::expected<void, CommandRefusal> check_removal(const Command& command, ImageView known) {
    const std::vector<Removable>& removable = command.table->removable;
    if (removable.empty()) return {};
    bool is_open = false;
    for (const Removable& one : removable) {
        const Standing standing(command, one.field, known);
        const Status status = standing.status();
        if (!status || !names(one.in, *status)) continue;
        if (standing.admits(one.access)) return {};
        is_open = true;
    }
    if (is_open) return forbid("removing the item");
    const Removable& first = removable.front();
    const Standing standing(command, first.field, known);
    std::vector<std::string> in;
    for (const Removable& one : removable) {
        if (one.field == first.field) in.insert(in.end(), one.in.begin(), one.in.end());
    }
    return standing.conflict("the item may be removed while its " + first.field + " is one of " +
                             list_of(in) + ", and it is " + quoted(standing.status()));
}

}  // namespace freshet::engine
