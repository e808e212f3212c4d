#include "engine/commands/transition_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/access/grants.h"
#include "engine/catalog/seen_image.h"
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
    return status ? '"' + std::string(*status) + '"' : "none";
}

std::string list_of(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) list += (list.empty() ? "\"" : ", \"") + text + '"';
    return list.empty() ? "none" : list;
}

bool names(const std::vector<std::string>& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// The status that the schema gives to a new item, if any.
Status initial_of(const Table& table, std::string_view field) {
    if (!table.schema) return std::nullopt;
    for (const MadeAttribute& made : table.schema->made) {
        const auto* initial = std::get_if<MadeInitial>(&made.from);
        if (made.name != field || initial == nullptr) continue;
        const auto* text = std::get_if<std::string>(&initial->value);
        return text == nullptr ? Status() : Status(*text);
    }
    return std::nullopt;
}

class StatusCheck {
public:
    StatusCheck(const Command& command, std::string_view field, MaybeImage known, ImageView after)
        : command_(command),
          field_(field),
          after_(after),
          seen_(command.table->derive, after),
          was_(status_in(known, field)),
          is_(status_in(after, field)) {}

    // As check_transitions().
    tl::expected<bool, CommandRefusal> run() {
        if (was_ == is_) return was_ && says_status() && takes_step(true);
        if (!was_ && begins()) return false;
        bool is_declared = false;
        bool is_allowed = false;
        for (const Transition& step : command_.table->transitions) {
            if (!is_step(step)) continue;
            is_declared = true;
            if (!may_take(*command_.caller, step, seen_)) continue;
            is_allowed = true;
            if (step.where.matches(seen_)) return false;
        }
        if (!is_declared) {
            return refuse("the " + std::string(field_) + " of the item is " + quoted(was_) +
                          ", from which there is no step to " + quoted(is_) +
                          "; there are: " + list_of(reachable()));
        }
        if (!is_allowed) return forbid();
        return refuse("the item is not what the step from " + quoted(was_) + " to " + quoted(is_) +
                      " asks for");
    }

private:
    // Whether the client has written the status, rather than left it as it is.
    [[nodiscard]] bool says_status() const {
        if (command_.document) return command_.document->view().find(field_).has_value();
        const auto& set = command_.update ? command_.update->set : std::nullopt;
        return set && set->view().find(field_).has_value();
    }

    [[nodiscard]] bool takes_step(bool touches) const {
        const auto& steps = command_.table->transitions;
        return std::any_of(steps.begin(), steps.end(), [&](const Transition& step) {
            return is_step(step) && step.touches == touches &&
                   may_take(*command_.caller, step, seen_) && step.where.matches(seen_);
        });
    }

    [[nodiscard]] bool is_step(const Transition& step) const {
        if (step.field != field_ || !is_ || step.to != *is_) return false;
        return was_ ? names(step.from, *was_) : step.from.empty();
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

    // Where the caller may take the item from here, if it is then what the step asks for.
    [[nodiscard]] std::vector<std::string> reachable() const {
        std::vector<std::string> statuses;
        for (const Transition& step : command_.table->transitions) {
            const bool begins_here = was_ ? names(step.from, *was_) : step.from.empty();
            if (step.field != field_ || !begins_here || names(statuses, step.to)) continue;
            if (may_take(*command_.caller, step, seen_)) statuses.push_back(step.to);
        }
        return statuses;
    }

    tl::unexpected<CommandRefusal> refuse(std::string detail) const {
        return tl::unexpected(
            CommandRefusal{.kind = RefusalKind::conflict,
                           .detail = std::move(detail),
                           .status = StatusConflict{.field = std::string(field_),
                                                    .current = std::string(was_.value_or("")),
                                                    .reachable = reachable()}});
    }

    tl::unexpected<CommandRefusal> forbid() const {
        return tl::unexpected(
            CommandRefusal{.kind = RefusalKind::forbidden,
                           .detail = "these credentials do not admit to the step from " +
                                     quoted(was_) + " to " + quoted(is_)});
    }

    const Command& command_;
    std::string_view field_;
    ImageView after_;
    SeenImage seen_;
    Status was_;
    Status is_;
};

bool differs(MaybeImage known, ImageView after, const std::string& attribute) {
    const auto was = known ? known->find(attribute) : std::nullopt;
    const auto is = after.find(attribute);
    return was && is ? !same_value(*was, *is) : was.has_value() != is.has_value();
}

// Why an attribute may not be changed as the item stands; nothing if all of them may.
std::optional<CommandRefusal> locked(const Table& table, ImageView known, ImageView after) {
    for (const Editable& editable : table.editable) {
        const Status status = status_in(known, editable.field);
        if (status && names(editable.in, *status)) continue;
        for (const std::string& attribute : editable.attributes) {
            if (!differs(known, after, attribute)) continue;
            return CommandRefusal{.kind = RefusalKind::conflict,
                                  .detail = '"' + attribute + "\" may be changed while the " +
                                            editable.field + " of the item is one of " +
                                            list_of(editable.in) + ", and it is " + quoted(status)};
        }
    }
    return std::nullopt;
}

}  // namespace

tl::expected<bool, CommandRefusal> check_transitions(const Command& command, MaybeImage known,
                                                     ImageView after) {
    const Table& table = *command.table;
    bool touches = false;
    std::set<std::string_view> fields;
    for (const Transition& step : table.transitions) {
        if (!fields.insert(step.field).second) continue;
        auto checked = StatusCheck(command, step.field, known, after).run();
        if (!checked) return checked;
        touches = touches || *checked;
    }
    if (known) {
        if (auto refusal = locked(table, *known, after)) {
            return tl::unexpected(*std::move(refusal));
        }
    }
    return touches;
}

}  // namespace freshet::engine
