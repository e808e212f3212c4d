#include "engine/records/pattern_json.h"

#include <optional>
#include <utility>

#include "engine/catalog/pattern_reader.h"
#include "engine/records/item_body.h"
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

Result<PatternOr> read_pattern_json(std::string json, std::string_view name) {
    auto document = read_document(std::move(json), ItemForm::plain);
    if (!document) return fail(document.error());
    if (!*document) return PatternOr(tl::unexpected(std::move(document->error())));
    NodeMaker maker;
    const PatternNode node = maker.node((*document)->view(), {});
    std::vector<Fault> faults;
    const auto note = [&](std::size_t place, std::string what) {
        if (faults.size() == faults_max) return;
        faults.push_back({.pointer = maker.pointer(place), .detail = std::move(what)});
    };
    Pattern pattern = read_pattern(node, {.name = name, .is_json = true}, note);
    if (!faults.empty()) return PatternOr(tl::unexpected(std::move(faults)));
    return PatternOr(std::move(pattern));
}

}  // namespace freshet::engine
