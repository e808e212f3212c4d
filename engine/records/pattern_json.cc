#include "engine/records/pattern_json.h"

#include <optional>
#include <utility>

#include "engine/catalog/pattern_reader.h"
#include "engine/records/item_reader.h"
#include "engine/text/json.h"
#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::ValueType;
using storage::ValueView;

// Numbers the places in the order of the nodes. A pointer is made only of those that are noted.
class NodeMaker {
public:
    // Nothing if there are too many.
    std::optional<PatternNode> node(ValueView root) {
        steps_.push_back({});
        return made(root, 0);
    }

    [[nodiscard]] std::string pointer(std::size_t place) const {
        if (place == 0) return {};
        const Step& step = steps_[place];
        std::string pointer = this->pointer(step.outer);
        append_pointer(pointer, step.is_member ? step.name : std::to_string(step.index));
        return pointer;
    }

private:
    struct Step {
        std::size_t outer = 0;  // place
        std::string_view name;  // of a member
        std::size_t index = 0;  // of an element
        bool is_member = false;
    };

    std::optional<PatternNode> made(ValueView value, std::size_t place) {
        PatternNode made{.what = plain(value), .place = place};
        const bool is_map = value.type() == ValueType::map;
        if (!is_map && value.type() != ValueType::list) return made;
        std::vector<PatternMember> members;
        std::vector<PatternNode> elements;
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (steps_.size() == condition_nodes_max) return std::nullopt;
            const ValueView inner = value.at(i);
            const std::size_t inner_place = steps_.size();
            steps_.push_back({.outer = place,
                              .name = is_map ? inner.name() : std::string_view(),
                              .index = i,
                              .is_member = is_map});
            auto node = this->made(inner, inner_place);
            if (!node) return std::nullopt;
            if (is_map) {
                members.push_back({std::string(inner.name()), inner_place, *std::move(node)});
            } else {
                elements.push_back(*std::move(node));
            }
        }
        if (is_map) {
            made.what = std::move(members);
        } else {
            made.what = std::move(elements);
        }
        return made;
    }

    static PatternValue plain(ValueView value) {
        switch (value.type()) {
            case ValueType::boolean:
                return value.truth();
            case ValueType::number:
                // What was read as a number is one.
                return Decimal::parse(value.text()).value_or(Decimal());
            case ValueType::string:
                return std::string(value.text());
            default:
                return Null();
        }
    }

    std::vector<Step> steps_;
};

}  // namespace

std::optional<Pattern> read_pattern(const JsonNode& json, std::string_view name, Faults& faults,
                                    const Place& place) {
    const auto document = ItemReader(faults, ItemForm::plain).document(json, place);
    if (!document) return std::nullopt;
    NodeMaker maker;
    const auto node = maker.node(document->view());
    if (!node) {
        faults.add(place, "has more than " + std::to_string(condition_nodes_max) + " values");
        return std::nullopt;
    }
    bool is_right = true;
    const auto note = [&](std::size_t at, std::string what) {
        is_right = false;
        faults.add(place, std::move(what), maker.pointer(at));
    };
    Pattern pattern = read_pattern(*node, {.name = name, .is_json = true}, note);
    if (const std::size_t entries = pattern.entries(); entries > condition_entries_max) {
        faults.add(place, "has " + std::to_string(entries) + " entries, expected at most " +
                              std::to_string(condition_entries_max));
        return std::nullopt;
    }
    return is_right ? std::optional(std::move(pattern)) : std::nullopt;
}

Result<PatternOr> read_pattern_json(std::string json, std::string_view name) {
    const auto parsed = JsonDocument::parse(std::move(json));
    if (!parsed) return fail(parsed.error());
    Faults faults;
    auto pattern = read_pattern(parsed->root(), name, faults, Place());
    if (!pattern) return PatternOr(tl::unexpected(std::move(faults).take()));
    return PatternOr(*std::move(pattern));
}

}  // namespace freshet::engine
