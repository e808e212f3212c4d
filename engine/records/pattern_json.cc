#include "engine/records/pattern_json.h"

#include <optional>
#include <utility>

#include "engine/catalog/pattern_reader.h"
#include "engine/records/change_batch.h"
#include "engine/records/item_reader.h"
#include "engine/text/json.h"
#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::ValueType;
using storage::ValueView;

// Numbers the places by their pointers.
class NodeMaker {
public:
    PatternNode node(ValueView value, std::string pointer) {
        PatternNode made{.what = plain(value), .place = pointers_.size()};
        pointers_.push_back(pointer);
        if (value.type() == ValueType::map) {
            std::vector<PatternMember> members;
            for (std::size_t i = 0; i < value.size(); ++i) {
                const ValueView member = value.at(i);
                std::string inner = pointer;
                append_pointer(inner, member.name());
                PatternNode inner_node = node(member, std::move(inner));
                members.push_back({.name = std::string(member.name()),
                                   .place = inner_node.place,
                                   .value = std::move(inner_node)});
            }
            made.what = std::move(members);
        } else if (value.type() == ValueType::list) {
            std::vector<PatternNode> elements;
            for (std::size_t i = 0; i < value.size(); ++i) {
                elements.push_back(node(value.at(i), pointer + '/' + std::to_string(i)));
            }
            made.what = std::move(elements);
        }
        return made;
    }

    [[nodiscard]] const std::string& pointer(std::size_t place) const { return pointers_[place]; }

private:
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

    std::vector<std::string> pointers_;
};

}  // namespace

std::optional<Pattern> read_pattern(const JsonNode& json, std::string_view name, Faults& faults,
                                    const Place& place) {
    const auto document = ItemReader(faults, ItemForm::plain).document(json, place);
    if (!document) return std::nullopt;
    NodeMaker maker;
    const PatternNode node = maker.node(document->view(), {});
    bool is_right = true;
    const auto note = [&](std::size_t at, std::string what) {
        is_right = false;
        faults.add(place, std::move(what), maker.pointer(at));
    };
    Pattern pattern = read_pattern(node, {.name = name, .is_json = true}, note);
    return is_right ? std::optional(std::move(pattern)) : std::nullopt;
}

Result<PatternOr> read_pattern_json(std::string json, std::string_view name) {
    const auto parsed = JsonDocument::parse(std::move(json));
    if (!parsed) return fail(parsed.error());
    ChangeBatch batch;  // which the faults are of: one text
    batch.parts.push_back({.begin = 0, .line = 0, .form = BatchForm::record});
    Faults faults(batch);
    auto pattern = read_pattern(parsed->root(), name, faults, Place());
    if (!pattern) return PatternOr(tl::unexpected(std::move(faults).take()));
    return PatternOr(*std::move(pattern));
}

}  // namespace freshet::engine
