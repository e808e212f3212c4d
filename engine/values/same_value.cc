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

// The elements of a set in order, without a copy of each: the sequencer compares sets of many.
class SortedElements {
public:
    explicit SortedElements(ValueView set) {
        elements_.reserve(set.size());
        if (set.type() == ValueType::number_set) {
            add_numbers(set);
        } else {
            for (std::size_t i = 0; i < set.size(); ++i) elements_.push_back(set.element(i));
        }
        std::sort(elements_.begin(), elements_.end());
    }
    SortedElements(const SortedElements&) = delete;  // its elements look into its texts
    SortedElements& operator=(const SortedElements&) = delete;

    bool operator==(const SortedElements& other) const { return elements_ == other.elements_; }

private:
    void add_numbers(ValueView set) {
        std::vector<std::size_t> ends;
        ends.reserve(set.size());
        for (std::size_t i = 0; i < set.size(); ++i) {
            texts_ += canonical(set.element(i));
            ends.push_back(texts_.size());
        }
        std::size_t begin = 0;
        for (const std::size_t end : ends) {
            elements_.push_back(std::string_view(texts_).substr(begin, end - begin));
            begin = end;
        }
    }

    std::string texts_;  // of numbers, one after the other
    std::vector<std::string_view> elements_;
};

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
            return SortedElements(a) == SortedElements(b);
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
