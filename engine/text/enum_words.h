// The enumerators of an enumeration: how many there are and how each is spelled, for enumerations
// whose spelling is what others read, such as the labels of metrics. Neither a count nor a table of
// words then stands beside the enumeration, and a new enumerator is one line.
//
// Invariants
//   - The enumerators are numbered from 0 without a gap, as the compiler does by itself.
//
// Threads: any; everything is known when the program is compiled.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace freshet::engine {

// The spelling of `value`, such as `slow`; empty if it is the value of no enumerator.
//
// GCC and Clang have `value = freshet::http::CutReason::slow` in the name of this function, and
// `value = (freshet::http::CutReason)4` for the value of no enumerator.
template <auto value>
consteval std::string_view enumerator_word() {
    constexpr std::string_view name = "value = ";
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_prefix(text.find(name) + name.size());
    text = text.substr(0, text.find_first_of(";]"));
    if (text.starts_with('(')) return {};
    return text.substr(text.rfind(':') + 1);
}

template <class Enum, std::size_t known = 0>
consteval std::size_t count_enumerators() {
    if constexpr (enumerator_word<static_cast<Enum>(known)>().empty()) {
        return known;
    } else {
        return count_enumerators<Enum, known + 1>();
    }
}

// How many enumerators there are.
template <class Enum>
inline constexpr std::size_t enum_count = [] {
    constexpr std::size_t count = count_enumerators<Enum>();
    static_assert(enumerator_word<static_cast<Enum>(count + 1)>().empty() &&
                      enumerator_word<static_cast<Enum>(count + 2)>().empty(),
                  "the enumerators are numbered without a gap");
    return count;
}();

template <class Enum, std::size_t... values>
consteval auto spell_enumerators(std::index_sequence<values...> /*all*/) {
    return std::array{enumerator_word<static_cast<Enum>(values)>()...};
}

// How each is spelled, by its value.
template <class Enum>
inline constexpr auto enum_words =
    spell_enumerators<Enum>(std::make_index_sequence<enum_count<Enum>>());

template <class Enum>
constexpr std::string_view word_of(Enum value) {
    return enum_words<Enum>[static_cast<std::size_t>(value)];
}

}  // namespace freshet::engine
