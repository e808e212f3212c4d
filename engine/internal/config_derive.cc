#include "engine/internal/config_derive.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/decimal.h"
#include "engine/internal/nearest_name.h"

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
        if (std::any_of(key_.begin(), key_.end(),
                        [&](const KeyPart& part) { return part.name == name; })) {
            mistakes_.add(line_of(node), "found the derived attribute " + in_quotes(name) +
                                             ", expected a name that is no part of the key");
            return std::nullopt;
        }
        const toml::table* table = node.as_table();
        const FunctionName* function = table == nullptr ? nullptr : function_in(*table);
        if (function == nullptr) {
            if (table == nullptr || !noted_) note(node, name);
            noted_ = false;
            return std::nullopt;
        }
        return read(name, *function, *table);
    }

private:
    void note(const toml::node& node, const std::string& name) {
        mistakes_.add(line_of(node), "found " + description_of(node) +
                                         " for the derived attribute " + in_quotes(name) +
                                         ", expected one function of an attribute: { words = "
                                         "\"body\" }");
    }

    // The one function that the table names; null, with what is wrong noted, if there is none.
    const FunctionName* function_in(const toml::table& table) {
        const FunctionName* found = nullptr;
        for (const auto& [key, value] : table) {
            const FunctionName* function = function_named(key.str());
            if (function == nullptr && is_option(key.str())) continue;
            if (function != nullptr && found == nullptr) {
                found = function;
                continue;
            }
            std::vector<std::string_view> names;
            for (const FunctionName& one : functions) names.push_back(one.name);
            mistakes_.add(line_of(value), "found " + in_quotes(key.str()) + " in derive, " +
                                              (function == nullptr ? expected_name(key.str(), names)
                                                                   : "expected one function"));
            noted_ = true;
            return nullptr;
        }
        return found;
    }

    std::optional<Derivation> read(const std::string& name, const FunctionName& function,
                                   const toml::table& table) {
        const bool many =
            function.function == Function::concat || function.function == Function::coalesce;
        const Section section(table, "derive." + name, {function.name, function.option}, mistakes_);
        Derivation derivation{
            .name = name, .function = function.function, .of = {}, .text = {}, .in = {}};
        const std::vector<Word> attributes = section.words(function.name);
        derivation.of = read_paths(attributes, mistakes_);
        if (!many && attributes.size() > 1) {
            mistakes_.add(section.line(), "found " + std::to_string(attributes.size()) +
                                              " attributes for " + std::string(function.name) +
                                              ", expected one");
        }
        if (function.option == "in") {
            for (const Word& word : section.words("in")) {
                derivation.in.push_back(canonical(word.text));
            }
            if (derivation.in.empty()) {
                mistakes_.add(section.line(),
                              "found no values in \"in\", expected those that index "
                              "counts through: in = [\"high\", \"low\"]");
            }
        } else if (!function.option.empty()) {
            if (const auto text = section.word(function.option)) derivation.text = text->text;
        }
        if (derivation.of.empty()) return std::nullopt;
        return derivation;
    }

    Mistakes& mistakes_;
    const std::vector<KeyPart>& key_;
    bool noted_ = false;  // what is wrong with the present one
};

}  // namespace

std::vector<Derivation> read_derive(const Section& section, const std::vector<KeyPart>& key) {
    std::vector<Derivation> derivations;
    const toml::table* derive = section.table("derive");
    if (derive == nullptr) return derivations;
    DeriveReader reader(section, key);
    for (const auto& [name, node] : *derive) {
        if (auto derivation = reader.read(name, node))
            derivations.push_back(*std::move(derivation));
    }
    return derivations;
}

}  // namespace freshet::engine
