#include "engine/values/image_size.h"

#include <string_view>

#include "engine/values/decimal.h"

namespace freshet::engine {

namespace {

using storage::ValueType;
using storage::ValueView;

constexpr std::size_t container_bytes = 3;
constexpr std::size_t element_bytes = 1;

std::size_t number_size(std::string_view text) {
    const auto number = Decimal::parse(text);
    if (!number) return text.size();
    const std::size_t sign = number->negative() ? 1 : 0;
    return 1 + (number->digits().size() + 1) / 2 + sign;
}

std::size_t set_size(ValueView set) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
        const std::string_view element = set.element(i);
        bytes += set.type() == ValueType::number_set ? number_size(element) : element.size();
    }
    return bytes;
}

std::size_t value_size(ValueView value) {
    switch (value.type()) {
        case ValueType::string:
        case ValueType::binary:
            return value.text().size();
        case ValueType::number:
            return number_size(value.text());
        case ValueType::boolean:
        case ValueType::null:
            return 1;
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            return set_size(value);
        case ValueType::list:
        case ValueType::map:
            break;
    }
    std::size_t bytes = container_bytes;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const ValueView inner = value.at(i);
        bytes += element_bytes + inner.name().size() + value_size(inner);
    }
    return bytes;
}

}  // namespace

std::size_t image_size(storage::ImageView image) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
        const ValueView attribute = image.at(i);
        bytes += attribute.name().size() + value_size(attribute);
    }
    return bytes;
}

}  // namespace freshet::engine
