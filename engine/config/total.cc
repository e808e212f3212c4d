#include "engine/config/total.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/access.h"
#include "engine/config/pattern.h"
#include "engine/text/nearest_name.h"
#include "engine/values/shown_names.h"

namespace freshet::engine {

namespace {

using Function = TotalValue::Function;

constexpr std::array functions = {Function::count, Function::sum, Function::min, Function::max};

std::optional<Function> function_named(std::string_view name) {
    const auto* found = std::find_if(functions.begin(), functions.end(),
                                     [&](Function one) { return name_of(one) == name; });
    return found == functions.end() ? std::nullopt : std::optional(*found);
}

std::string with_attribute(std::string_view function) {
    return "{ " + std::string(function) + " = \"attribute\" }";
}

class ValueReader {
public:
    explicit ValueReader(Mistakes& mistakes) : mistakes_(mistakes) {}

    void read(const toml::node& node) {
        const auto value = value_in(node);
        if (!value) return;
        if (std::find(values_.begin(), values_.end(), *value) != values_.end()) {
            const std::string of =
                value->function == Function::count ? "" : " of " + in_quotes(value->path.text());
            mistakes_.add(line_of(node), "found " + std::string(name_of(value->function)) + of +
                                             " again in values, expected each once");
            return;
        }
        values_.push_back(*value);
    }

    [[nodiscard]] std::vector<TotalValue> values() && { return std::move(values_); }

private:
    // What the node says; nothing, with what is wrong noted, if it is no value.
    std::optional<TotalValue> value_in(const toml::node& node) {
        const auto* text = node.as_string();
        if (text != nullptr) return named(text->get(), node);
        const toml::table* table = node.as_table();
        if (table == nullptr || table->size() != 1) {
            mistakes_.add(line_of(node),
                          "found " + description_of(node) +
                              " in values, expected \"count\", or one function of an attribute: " +
                              with_attribute("sum"));
            return std::nullopt;
        }
        return function_of(table->begin()->first, table->begin()->second);
    }

    std::optional<TotalValue> named(std::string_view name, const toml::node& node) {
        const auto function = known(name, node);
        if (!function) return std::nullopt;
        if (*function == Function::count) return TotalValue{.function = *function, .path = {}};
        mistakes_.add(line_of(node),
                      "found " + in_quotes(name) +
                          " in values without an attribute, expected one: " + with_attribute(name));
        return std::nullopt;
    }

    std::optional<TotalValue> function_of(const toml::key& key, const toml::node& node) {
        const auto function = known(key.str(), node);
        if (!function) return std::nullopt;
        if (*function == Function::count) {
            mistakes_.add(line_of(node),
                          "found count of an attribute, expected \"count\", which is of items");
            return std::nullopt;
        }
        const auto* text = node.as_string();
        if (text == nullptr) {
            mistakes_.add(line_of(node),
                          "found " + description_of(node) + " for " + std::string(key.str()) +
                              " in values, expected an attribute: " + with_attribute(key.str()));
            return std::nullopt;
        }
        auto path = AttributePath::parse(text->get());
        if (!path) {
            mistakes_.add(line_of(node), path.error().message);
            return std::nullopt;
        }
        return TotalValue{.function = *function, .path = *std::move(path)};
    }

    std::optional<Function> known(std::string_view name, const toml::node& node) {
        const auto function = function_named(name);
        if (function) return function;
        std::array<std::string_view, functions.size()> names;
        std::transform(functions.begin(), functions.end(), names.begin(),
                       [](Function each) { return name_of(each); });
        mistakes_.add(line_of(node), "found the function " + in_quotes(name) + " in values, " +
                                         expected_name(name, names));
        return std::nullopt;
    }

    Mistakes& mistakes_;
    std::vector<TotalValue> values_;
};

std::vector<TotalValue> read_values(const Section& section) {
    const toml::node* node = section.find("values");
    if (node == nullptr) return {TotalValue{.function = Function::count, .path = {}}};

    const toml::array* array = node->as_array();
    const std::size_t count = array == nullptr ? 1 : array->size();
    if (count == 0 || count > total_values_max) {
        section.mistakes().add(line_of(*node),
                               "found " + std::to_string(count) + " values, expected 1 to " +
                                   std::to_string(total_values_max) + ", such as [\"count\"]");
        return {};
    }
    ValueReader reader(section.mistakes());
    if (array == nullptr) reader.read(*node);
    for (std::size_t i = 0; array != nullptr && i < count; ++i) reader.read((*array)[i]);
    return std::move(reader).values();
}

// A group shows its texts beside its values.
void check_names(const Section& section, const TotalView& total) {
    const std::vector<std::string> names = shown_names(total.by);
    for (const TotalValue& value : total.values) {
        const std::string_view name = name_of(value.function);
        if (std::find(names.begin(), names.end(), name) == names.end()) continue;
        section.mistakes().add(
            line_of(*section.find("by")),
            "found " + in_quotes(name) + " in by, which is shown under the name " +
                "of a value, expected another: derive = { other = { coalesce = " + in_quotes(name) +
                " } } gives it one");
        return;
    }
}

}  // namespace

TotalView read_total(const toml::table& source, const Table& table, Names& names,
                     Mistakes& mistakes) {
    const Section section(source, "table.total", {"name", "by", "where", "values", "access"},
                          mistakes);
    TotalView total;
    total.name = read_name(section, names);
    total.by = read_distinct_paths(section, "by");
    total.where = read_where(section);
    total.values = read_values(section);
    total.access = read_access(section, {.owner = table.owner, .by = &total.by});
    check_names(section, total);
    return total;
}

}  // namespace freshet::engine
