#include "engine/config/expires.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "engine/config/pattern.h"
#include "engine/config/shape.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// What keeps the attribute from ever being a number that an item has; empty if nothing does.
std::string hindrance(const Table& table, const std::string& name) {
    const auto is_named = [&](const auto& one) { return one.name == name; };
    const auto part = std::find_if(table.key.begin(), table.key.end(), is_named);
    if (part != table.key.end() && part->type != storage::ValueType::number) {
        return "a part of the key that is no number";
    }
    if (std::any_of(table.derive.begin(), table.derive.end(), is_named)) {
        return "a derived attribute, which no item has";
    }
    if (!table.schema) return {};
    const MadeAttribute* made = table.schema->find_made(name);
    if (made != nullptr &&
        (std::holds_alternative<MadeTime>(made->from) ||
         std::holds_alternative<MadeOfCaller>(made->from) || made->initial_text() != nullptr)) {
        return "a text that the server makes";
    }
    const ValueRule* rule = table.schema->item.find(name);
    if (rule == nullptr) {
        return table.schema->item.closed ? "an attribute that the schema does not take" : "";
    }
    const auto& values = rule->one_of;
    const bool may_be =
        values.empty() || std::any_of(values.begin(), values.end(), [](const auto& one) {
            return std::holds_alternative<Decimal>(one);
        });
    const bool is_number = may_be && (!rule->type || rule->type == SchemaType::number);
    return is_number ? "" : "an attribute that the schema wants to be no number";
}

ListView list_of_due(const Table& table, const AttributePath& path) {
    const auto zero = Decimal::parse("0");
    invariant(zero.has_value(), "0 is a number");
    ListView due;
    due.name = name_of_due(table.name);
    due.sort.push_back({.path = path});
    due.where = Pattern({{.attribute = path.names().front(),
                          .entries = {NumericRange{.low = NumericRange::Bound{.value = *zero}}},
                          .inner = nullptr}});
    return due;
}

}  // namespace

void read_expires(const Section& section, Table& table) {
    const auto word = section.word("expires");
    if (!word) return;
    Mistakes& mistakes = section.mistakes();
    const std::vector<AttributePath> paths = read_paths({*word}, mistakes);
    if (paths.empty()) return;
    const AttributePath& path = paths.front();
    const std::string& name = path.names().front();
    std::string found;
    if (path.names().size() > 1) {
        found = "a path; a dot in its own name is written \\.";
    } else {
        found = hindrance(table, name);
    }
    if (!found.empty()) {
        mistakes.add(word->line, "found " + in_quotes(word->text) +
                                     " in expires, expected an attribute of the "
                                     "item itself, a number of seconds since 1970: it is " +
                                     found);
        return;
    }
    table.expires = name;
    table.due = list_of_due(table, path);
}

}  // namespace freshet::engine
