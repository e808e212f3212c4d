#include "tests/properties/sort_value.h"

#include <algorithm>
#include <ostream>
#include <regex>
#include <utility>
#include <vector>

namespace freshet::properties {
namespace {

using storage::ValueType;
using support::Value;

constexpr std::size_t compared = 1'024;  // bytes of a text, digits of a number

int below(int limit) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, limit));
}

bool one_in(int chances) {
    return below(chances) == 0;
}

std::string one_of(const std::vector<std::string>& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(choices.size())))];
}

// Few different digits, so that numbers come close to each other and meet.
std::string digits(int least, int most) {
    std::string text;
    for (int left = least + below(most - least + 1); left > 0; --left) text += "0159"[below(4)];
    return text;
}

std::string exponent(Numbers numbers) {
    if (one_in(2)) return "";
    const bool large = numbers == Numbers::any && one_in(4);
    const int most = large ? 990'000 : 12;
    const std::string sign = one_of({"", "+", "-"});
    const int least = large ? most - 3 : 0;
    return (one_in(2) ? "e" : "E") + sign + std::to_string(least + below(most - least + 1));
}

// As many equal digits as are compared, or a few more or less.
std::string about_as_many_as_are_compared() {
    return std::string(compared - 3 + static_cast<std::size_t>(below(6)), '3');
}

// A whole number of units that are powers of ten.
struct Units {
    bool negative = false;
    std::string count;
    long power = 0;
};

Units units_of(const std::string& number) {
    Units units;
    std::size_t at = 0;
    if (number[at] == '-' || number[at] == '+') units.negative = number[at++] == '-';
    bool in_fraction = false;
    for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
        if (number[at] == '.') {
            in_fraction = true;
            continue;
        }
        units.count += number[at];
        if (in_fraction) --units.power;
    }
    if (at < number.size()) units.power += std::stol(number.substr(at + 1));
    return units;
}

// Written out in units of 10^power, without zeros in front: nothing at all for zero.
std::string write_out(const Units& units, long power) {
    std::string text = units.count;
    text.append(static_cast<std::size_t>(units.power - power), '0');
    return text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
}

int sign_of(std::strong_ordering order) {
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

// NULL, booleans, numbers, strings, binaries.
int rank_of(ValueType type) {
    static const std::vector<ValueType> order{ValueType::null, ValueType::boolean,
                                              ValueType::number, ValueType::string,
                                              ValueType::binary};
    return static_cast<int>(std::find(order.begin(), order.end(), type) - order.begin());
}

Value any_missing_value() {
    switch (below(3)) {
        case 0:
            return {.type = ValueType::string_set, .elements = {"a"}};
        case 1:
            return {.type = ValueType::list, .values = {{.type = ValueType::null}}};
        default:
            return {.type = ValueType::map};
    }
}

}  // namespace

rc::Gen<std::string> any_number(Numbers numbers) {
    return rc::gen::exec([numbers] {
        std::string text = one_of({"", "", "+", "-", "-"});
        const std::string whole = digits(0, 4);
        text += whole;
        if (whole.empty() || one_in(2)) text += "." + digits(whole.empty() ? 1 : 0, 4);
        const bool is_long = numbers == Numbers::any && one_in(6);
        if (is_long) text += about_as_many_as_are_compared() + digits(0, 3);
        return text + exponent(numbers);
    });
}

rc::Gen<std::string> any_text() {
    return rc::gen::exec([] {
        using std::string_literals::operator""s;
        std::string text = one_in(8) ? about_as_many_as_are_compared() : "";
        for (int left = below(4); left > 0; --left) {
            text += one_of({"a", "b", "\0"s, "\x01", "\xFF", "9", "10", "."});
        }
        return text;
    });
}

rc::Gen<Value> any_sort_value(Numbers numbers) {
    return rc::gen::exec([numbers]() -> Value {
        switch (below(12)) {
            case 0:
                return {.type = ValueType::null};
            case 1:
                return {.type = ValueType::boolean, .truth = one_in(2)};
            case 2:
                return {.type = ValueType::binary, .text = *any_text()};
            case 3:
                return any_missing_value();
            case 4:
            case 5:
            case 6:
            case 7:
                return {.type = ValueType::string, .text = *any_text()};
            default:
                return {.type = ValueType::number, .text = *any_number(numbers)};
        }
    });
}

bool is_number(const std::string& text) {
    static const std::regex number(R"([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)");
    return text.size() <= 2 * compared && std::regex_match(text, number);
}

int compare_numbers(const std::string& a, const std::string& b) {
    const Units of_a = units_of(a);
    const Units of_b = units_of(b);
    const long power = std::min(of_a.power, of_b.power);
    const std::string size_a = write_out(of_a, power);
    const std::string size_b = write_out(of_b, power);
    const bool a_below_zero = of_a.negative && !size_a.empty();
    const bool b_below_zero = of_b.negative && !size_b.empty();
    if (a_below_zero != b_below_zero) return a_below_zero ? -1 : 1;
    const auto larger = std::pair(size_a.size(), size_a) <=> std::pair(size_b.size(), size_b);
    return a_below_zero ? -sign_of(larger) : sign_of(larger);
}

int compare_texts(const std::string& a, const std::string& b) {
    return a.substr(0, compared).compare(b.substr(0, compared));
}

bool is_missing(const std::optional<Value>& value) {
    return !value || rank_of(value->type) > rank_of(ValueType::binary);
}

int compare_values(const Value& a, const Value& b) {
    if (a.type != b.type) return rank_of(a.type) - rank_of(b.type);
    if (a.type == ValueType::number) return compare_numbers(a.text, b.text);
    if (a.type == ValueType::boolean) return int{a.truth} - int{b.truth};
    return compare_texts(a.text, b.text);
}

}  // namespace freshet::properties

namespace freshet::support {

std::ostream& operator<<(std::ostream& out, const Value& value) {
    constexpr std::size_t shown = 60;
    out << plain_json(value).substr(0, shown);
    const std::size_t size = value.text.size();
    return size > shown ? out << "… of " << size << " bytes" : out;
}

}  // namespace freshet::support
