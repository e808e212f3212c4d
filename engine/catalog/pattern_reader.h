// A pattern as it is written, in the configuration or in a request, to one that can be asked
// (engine/catalog/pattern.h).
//
//     TOML  (engine/config/pattern.h)     ─┐
//                                          ├─►  PatternNode  ->  read_pattern()  ->  Pattern
//     JSON  (engine/records/pattern_json.h) ┘
//
// What is wrong is noted with its place, and the rest is read all the same.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/catalog/pattern.h"

namespace freshet::engine {

// Stands in place of an attribute, before patterns of which one must match.
inline constexpr std::string_view any_of_key = "$or";

// Of one pattern, those inside of `$or` included; each value that anything-but names is one.
inline constexpr std::size_t pattern_entries_max = 300;

// The names on the way to an attribute, and the `$or`s around it. DynamoDB nests 32 levels deep.
inline constexpr std::size_t pattern_levels_max = 64;

struct PatternMember;

// What no pattern has, such as a date, in words.
struct UnknownValue {
    std::string description;
};

struct PatternNode {
    std::variant<PatternValue, std::vector<PatternNode>, std::vector<PatternMember>, UnknownValue>
        what;
    std::size_t place = 0;  // as those who wrote the node number their places

    // Each is null where the node is something else.
    [[nodiscard]] const PatternValue* plain() const { return std::get_if<PatternValue>(&what); }
    template <class Value>
    [[nodiscard]] const Value* plain_as() const {
        return plain() == nullptr ? nullptr : std::get_if<Value>(plain());
    }
    [[nodiscard]] const std::vector<PatternNode>* elements() const {
        return std::get_if<std::vector<PatternNode>>(&what);
    }
    [[nodiscard]] const std::vector<PatternMember>* members() const {
        return std::get_if<std::vector<PatternMember>>(&what);
    }
    // The value of that name, where there is no other.
    [[nodiscard]] const PatternNode* only_member(std::string_view name) const;
};

struct PatternMember {
    std::string name;
    std::size_t place = 0;
    PatternNode value;
};

// How it was written: under which name, and in whose words its mistakes are told.
struct PatternForm {
    std::string_view name;
    bool is_json = false;
};

using NotePattern = std::function<void(std::size_t place, std::string what)>;

// Reads a node that has members. A name with dots is a path, as everywhere: "address.city" stands
// for a map `address` with a `city` in it.
Pattern read_pattern(const PatternNode& node, const PatternForm& form, const NotePattern& note);

}  // namespace freshet::engine
