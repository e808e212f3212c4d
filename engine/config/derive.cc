#include "engine/config/derive.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/text/nearest_name.h"
#include "engine/values/decimal.h"

namespace freshet::engine {

namespace {

using Function = Derivation::Function;

struct FunctionName {
    std::string_view name;
    Function function;
    std::string_view option;  // what it takes besides; empty: nothing
};
constexpr std::array functions = {
    FunctionName{"words", Function::words, "split"},
    FunctionName{"length", Function::length, ""},
    FunctionName{"size", Function::size, ""},
    FunctionName{"upper", Function::upper, ""},
    FunctionName{"lower", Function::lower, ""},
    FunctionName{"concat", Function::concat, "with"},
    FunctionName{"coalesce", Function::coalesce, ""},
    FunctionName{"index", Function::index, "in"},
};

const FunctionName* function_named(std::string_view name) {
    const auto* found = std::find_if(functions.begin(), functions.end(),
                                     [&](const FunctionName& one) { return one.name == name; });
    return found == functions.end() ? nullptr : found;
}

bool is_option(std::string_view name) {
    return std::any_of(functions.begin(), functions.end(), [&](const FunctionName& one) {
        return !one.option.empty() && one.option == name;
    });
}

// A number is compared as the decimal that it is.
std::string canonical(const std::string& text) {
    const auto number = Decimal::parse(text);
    return number ? number->canonical() : text;
}

class DeriveReader {
public:
    DeriveReader(const Section& section, const std::vector<KeyPart>& key)
        : mistakes_(section.mistakes()), key_(key) {}

    std::optional<Derivation> read(const toml::key& key, const toml::node& node) {
        const std::string name(key.str());
        if (name.empty()) {
            mistakes_.add(line_of(node), "found a derived attribute without a name, expected one");
            return std::nullopt;
        }
        if (std::any_of(key_.begin(), key_.end(),
                        [&](const KeyPart& part) { return part.name == name; })) {
            mistakes_.add(line_of(node), "found the derived attribute " + in_quotes(name) +
                                             ", expected a name that is no part of the key");
            return std::nullopt;
        }
        const toml::table* table = node.as_table();
        if (table == nullptr || table->empty()) {
            note(node, name);
            return std::nullopt;
        }
        const FunctionName* function = function_in(name, *table);
        return function == nullptr ? std::nullopt : read(name, *function, *table);
    }

private:
    void note(const toml::node& node, const std::string& name) {
        mistakes_.add(line_of(node), "found " + description_of(node) +
                                         " for the derived attribute " + in_quotes(name) +
                                         ", expected one function of an attribute: { words = "
                                         "\"body\" }");
    }

    // The one function that the table names; null, with what is wrong noted, if there is none.
    const FunctionName* function_in(const std::string& name, const toml::table& table) {
        const FunctionName* found = nullptr;
        const toml::key* unknown = nullptr;
        for (const auto& [key, value] : table) {
            const FunctionName* function = function_named(key.str());
            if (function == nullptr && !is_option(key.str())) unknown = &key;
            if (function == nullptr) continue;
            if (found != nullptr) {
                mistakes_.add(line_of(value), "found " + in_quotes(key.str()) + " besides " +
                                                  in_quotes(found->name) + " for " +
                                                  in_quotes(name) + ", expected one function");
                return nullptr;
            }
            found = function;
        }
        if (found == nullptr && unknown != nullptr) {
            std::array<std::string_view, functions.size()> names;
            std::transform(functions.begin(), functions.end(), names.begin(),
                           [](const FunctionName& one) { return one.name; });
            mistakes_.add(unknown->source().begin.line, "found the unknown function " +
                                                            in_quotes(unknown->str()) + ", " +
                                                            expected_name(unknown->str(), names));
        } else if (found == nullptr) {
            note(table, name);
        }
        return found;
    }

    // What the function takes besides its attributes is left to the section that is made of it.
    Section section_of(const std::string& name, const FunctionName& function,
                       const toml::table& table) {
        if (function.option.empty()) {
            return {table, "derive." + name, {function.name}, mistakes_};
        }
        return {table, "derive." + name, {function.name, function.option}, mistakes_};
    }

    std::optional<Derivation> read(const std::string& name, const FunctionName& function,
                                   const toml::table& table) {
        const bool many =
            function.function == Function::concat || function.function == Function::coalesce;
        const Section section = section_of(name, function, table);
        Derivation derivation{
            .name = name, .function = function.function, .of = {}, .text = {}, .in = {}};
        const std::vector<Word> attributes = section.words(function.name);
        derivation.of = read_paths(attributes, mistakes_);
        if (!many && attributes.size() > 1) {
            mistakes_.add(line_of(*section.find(function.name)),
                          "found " + std::to_string(attributes.size()) + " attributes for " +
                              std::string(function.name) + ", expected one");
        }
        if (function.option == "in") {
            derivation.in = read_in(section);
        } else if (!function.option.empty()) {
            if (const auto text = section.word(function.option)) derivation.text = text->text;
        }
        if (derivation.of.empty()) return std::nullopt;
        return derivation;
    }

    std::vector<std::string> read_in(const Section& section) {
        if (section.find("in") == nullptr) {
            mistakes_.add(section.line(),
                          "found index without \"in\", expected the values that it counts "
                          "through: in = [\"high\", \"low\"]");
        }
        std::vector<std::string> values;
        for (const Word& word : section.words("in")) {
            std::string value = canonical(word.text);
            if (std::find(values.begin(), values.end(), value) != values.end()) {
                mistakes_.add(word.line, "found " + in_quotes(word.text) +
                                             " again in \"in\", expected each value once");
            }
            values.push_back(std::move(value));
        }
        return values;
    }

    Mistakes& mistakes_;
    const std::vector<KeyPart>& key_;
};

}  // namespace

std::vector<Derivation> read_derive(const Section& section, const std::vector<KeyPart>& key) {
    std::vector<Derivation> derivations;
    const toml::table* derive = section.table("derive");
    if (derive == nullptr) return derivations;
    DeriveReader reader(section, key);
    for (const auto& [name, node] : *derive) {
        auto derivation = reader.read(name, node);
        if (derivation) derivations.push_back(*std::move(derivation));
    }
    return derivations;
}

}  // namespace freshet::engine
