#include "engine/config/transition.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/access.h"
#include "engine/config/pattern.h"

namespace freshet::engine {
namespace {

// A field or an attribute of the item itself, and no part of its key.
void check_attribute(const Table& table, const Word& word, Mistakes& mistakes) {
    const bool is_of_key = std::any_of(table.key.begin(), table.key.end(),
                                       [&](const KeyPart& part) { return part.name == word.text; });
    if (!is_of_key) return;
    mistakes.add(word.line, "found " + in_quotes(word.text) +
                                ", expected an attribute that is no part of the key: a key does "
                                "not change");
}

std::string read_field(const Section& section, const Table& table) {
    const auto field = section.required_word("field");
    if (!field) return {};
    check_attribute(table, *field, section.mistakes());
    return field->text;
}

std::vector<std::string> texts_of(const std::vector<Word>& words) {
    std::vector<std::string> texts;
    texts.reserve(words.size());
    for (const Word& word : words) texts.push_back(word.text);
    return texts;
}

Transition read_transition(const toml::table& source, const Table& table, Mistakes& mistakes) {
    const Section section(source, "table.transition",
                          {"field", "from", "to", "access", "where", "touch"}, mistakes);
    Transition step;
    step.field = read_field(section, table);
    step.from = texts_of(section.words("from"));
    if (const auto to = section.required_word("to")) step.to = to->text;
    step.access = read_access(section, {.owner = table.owner});
    step.where = read_where(section);
    step.touches = section.flag("touch");
    const bool stays = std::find(step.from.begin(), step.from.end(), step.to) != step.from.end();
    if (step.touches && !stays) {
        mistakes.add(line_of(*section.find("touch")),
                     "found touch in a step that is not from " + in_quotes(step.to) +
                         " to itself, expected " + in_quotes(step.to) + " in from, too");
    }
    return step;
}

Editable read_editable(const toml::table& source, const Table& table, Mistakes& mistakes) {
    const Section section(source, "table.editable", {"field", "in", "attributes"}, mistakes);
    Editable editable;
    editable.field = read_field(section, table);
    editable.in = texts_of(section.words("in"));
    const std::vector<Word> attributes = section.words("attributes");
    for (const Word& word : attributes) check_attribute(table, word, mistakes);
    editable.attributes = texts_of(attributes);
    for (const std::string_view name : {"in", "attributes"}) {
        if (section.find(name) != nullptr) continue;
        mistakes.add(section.line(), "found no " + std::string(name) +
                                         " in [[table.editable]], expected at least one");
    }
    return editable;
}

}  // namespace

void read_transitions(const Section& section, Table& table) {
    Mistakes& mistakes = section.mistakes();
    for (const toml::table* step : section.tables("transition")) {
        table.transitions.push_back(read_transition(*step, table, mistakes));
    }
    for (const toml::table* editable : section.tables("editable")) {
        table.editable.push_back(read_editable(*editable, table, mistakes));
    }
    for (const std::string_view name : {"transition", "editable"}) {
        const toml::node* node = section.find(name);
        if (node == nullptr || table.is_direct) continue;
        mistakes.add(line_of(*node), "found [[table." + std::string(name) +
                                         "]] in a table that takes records, expected it beside "
                                         "source = \"direct\"");
    }
}

}  // namespace freshet::engine
