#include "engine/values/same_value.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::ValueType;
using storage::ValueView;

std::string canonical(std::string_view number) {
    const auto decimal = Decimal::parse(number);
    return decimal ? decimal->canonical() : std::string(number);
}

std::vector<std::string> sorted_elements(ValueView set) {
    std::vector<std::string> elements;
    for (std::size_t i = 0; i < set.size(); ++i) {
        const bool numbers = set.type() == ValueType::number_set;
        elements.push_back(numbers ? canonical(set.element(i)) : std::string(set.element(i)));
    }
    std::sort(elements.begin(), elements.end());
    return elements;
}

}  // namespace

bool same_value(ValueView a, ValueView b) {
    if (storage::identical(a, b)) return true;
    if (a.type() != b.type() || a.name() != b.name() || a.size() != b.size()) return false;
    switch (a.type()) {
        case ValueType::number:
            return canonical(a.text()) == canonical(b.text());
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            return sorted_elements(a) == sorted_elements(b);
        case ValueType::list:
        case ValueType::map:
            for (std::size_t i = 0; i < a.size(); ++i) {
                if (!same_value(a.at(i), b.at(i))) return false;
            }
            return true;
        default:
            return false;
    }
}

}  // namespace freshet::engine
