// What the items of a table that is written directly must be, and what of them the server makes.
//
//     [table.schema]
//     required = ["items"]
//
//     [table.schema.attributes]
//     items = { type = "list", max = 6, each = { required = ["size"] } }  # each: a map
//
//     [table.schema.made]
//     createdAt   = { now = "insert" }
//     lastUpdated = { now = "write" }
//     creator     = { caller = "sub" }
//     numItems    = { size = "items" }
//     status      = { initial = "NEW" }
//
// An attribute that no rule names may have any value, unless the map that it is in is closed. One
// that is named may be missing, unless it is required.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/catalog/pattern.h"
#include "engine/text/text_pattern.h"
#include "engine/values/attribute_path.h"
#include "engine/values/decimal.h"
#include "storage/image.h"

namespace freshet::engine {

// `set` is of any elements.
enum class SchemaType : std::uint8_t { string, number, boolean, binary, null, list, map, set };

// The one of such a value.
SchemaType schema_type_of(storage::ValueType type);

struct AttributeRule;

// What a value must be. What is not there asks for nothing. Parts that are of values of one type
// are there beside that type only.
struct ValueRule {
    std::optional<SchemaType> type = std::nullopt;
    std::vector<PatternValue> one_of = {};  // enum
    // Of a number its value; of a string its characters, of a binary its bytes; of a list, a set or
    // a map its entries.
    std::optional<Decimal> min = std::nullopt;
    std::optional<Decimal> max = std::nullopt;
    std::optional<TextPattern> pattern = std::nullopt;  // of a string: it is found in it
    std::vector<std::string> required = {};             // attributes of a map
    std::vector<AttributeRule> attributes;              // of a map; sorted by name
    bool closed = false;                                // a map has no others
    std::shared_ptr<const ValueRule> each = nullptr;    // of each element of a list

    // Of a map: the rule of that attribute; null if it has none.
    [[nodiscard]] const ValueRule* find(std::string_view name) const;
};

struct AttributeRule {
    std::string name;
    ValueRule rule;
};

// When an item is inserted; at each write that changes something.
enum class MadeTime : std::uint8_t { insert, write };

// A claim of the caller who inserts the item: `sub`, or another.
struct MadeOfCaller {
    std::string claim;
};
// How many entries a list, a set or a map has.
struct MadeOfSize {
    AttributePath of;
};
// Where the client says no other, and the item has none.
struct MadeInitial {
    PatternValue value;
};

// An attribute of the item itself that the server makes.
struct MadeAttribute {
    std::string name;
    std::variant<MadeTime, MadeOfCaller, MadeOfSize, MadeInitial> from;

    // The text that a new item begins with; null if it is made in another way, or is no string.
    [[nodiscard]] const std::string* initial_text() const;
};

struct Schema {
    // A closed one names the attributes of the key and those that are made, too.
    ValueRule item;
    std::vector<MadeAttribute> made;  // sorted by name

    // Null if the server does not make it.
    [[nodiscard]] const MadeAttribute* find_made(std::string_view name) const;
};

}  // namespace freshet::engine
