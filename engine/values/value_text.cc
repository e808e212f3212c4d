#include "engine/values/value_text.h"

#include "engine/values/decimal.h"

namespace freshet::engine {

using storage::ValueType;

std::optional<std::string> value_text(std::optional<storage::ValueView> value) {
    if (!value) return std::nullopt;
    switch (value->type()) {
        case ValueType::string:
            return std::string(value->text());
        case ValueType::boolean:
            return value->truth() ? "true" : "false";
        case ValueType::number:
            if (const auto number = Decimal::parse(value->text())) return number->canonical();
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

}  // namespace freshet::engine
