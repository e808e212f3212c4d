#include "engine/catalog/schema.h"

#include <algorithm>

namespace freshet::engine {

SchemaType schema_type_of(storage::ValueType type) {
    switch (type) {
        case storage::ValueType::string:
            return SchemaType::string;
        case storage::ValueType::number:
            return SchemaType::number;
        case storage::ValueType::boolean:
            return SchemaType::boolean;
        case storage::ValueType::binary:
            return SchemaType::binary;
        case storage::ValueType::null:
            return SchemaType::null;
        case storage::ValueType::list:
            return SchemaType::list;
        case storage::ValueType::map:
            return SchemaType::map;
        default:
            return SchemaType::set;
    }
}

const ValueRule* ValueRule::find(std::string_view name) const {
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [name](const AttributeRule& one) { return one.name == name; });
    return found == attributes.end() ? nullptr : &found->rule;
}

const std::string* MadeAttribute::initial_text() const {
    const auto* initial = std::get_if<MadeInitial>(&from);
    return initial == nullptr ? nullptr : std::get_if<std::string>(&initial->value);
}

const MadeAttribute* Schema::find_made(std::string_view name) const {
    const auto found = std::find_if(made.begin(), made.end(),
                                    [name](const MadeAttribute& one) { return one.name == name; });
    return found == made.end() ? nullptr : &*found;
}

}  // namespace freshet::engine
