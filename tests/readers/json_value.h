// A JSON value, for tests to compare answers with what they expect.
//
// Two values are equal if they say the same: the order of members is of no account, that of
// elements is, and numbers are compared by their digits as they were written, so that `1.0` is not
// `1` and no digit of a long number is lost. An object that names a member twice is no value.
//
// Threads: immutable.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::support {

class JsonValue {
public:
    enum class Type { absent, null, boolean, number, string, array, object };

    // A value that is not there, such as that of a member an object does not have.
    JsonValue() = default;

    // Nothing if `text` is not one JSON value.
    static std::optional<JsonValue> parse(std::string_view text);

    [[nodiscard]] Type type() const { return type_; }
    [[nodiscard]] bool exists() const { return type_ != Type::absent; }

    // A string's characters; a number, true, false and null as they are written.
    [[nodiscard]] const std::string& text() const { return text_; }

    // Of an array its elements, of an object its members.
    [[nodiscard]] std::size_t size() const { return elements_.size() + members_.size(); }
    [[nodiscard]] const std::vector<JsonValue>& elements() const { return elements_; }
    [[nodiscard]] const std::map<std::string, JsonValue>& members() const { return members_; }

    // The value of that name or at that index; absent if there is none.
    const JsonValue& operator[](std::string_view name) const;
    const JsonValue& operator[](std::size_t index) const;

    // The object without these members.
    [[nodiscard]] JsonValue without(const std::vector<std::string>& names) const;

    bool operator==(const JsonValue&) const = default;

    // As GoogleTest shows it.
    friend std::ostream& operator<<(std::ostream& out, const JsonValue& value);

private:
    friend class JsonValueParser;

    Type type_ = Type::absent;
    std::string text_;
    std::vector<JsonValue> elements_;
    std::map<std::string, JsonValue> members_;
};

}  // namespace freshet::support
