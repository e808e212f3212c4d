#include "engine/config/transition.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/access.h"
#include "engine/config/pattern.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {
namespace {

bool names(const std::vector<std::string>& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

class LifeReader {
public:
    LifeReader(Table& table, Mistakes& mistakes) : table_(table), mistakes_(mistakes) {}

    void read(const Section& section) {
        for (const toml::table* step : section.tables("transition")) {
            table_.transitions.push_back(read_transition(*step));
        }
        for (const toml::table* editable : section.tables("editable")) {
            table_.editable.push_back(read_editable(*editable));
        }
        for (const toml::table* removable : section.tables("removable")) {
            table_.removable.push_back(read_removable(*removable));
        }
        for (const Said& field : fields_) check_field(field);
        for (const Said& status : statuses_) check_status(status);
    }

private:
    // A word of the file under a key, of that field.
    struct Said {
        std::string field;
        std::string_view key;
        Word word;
    };

    // ---- reading ----

    // An attribute of the item itself, and no part of its key.
    std::string read_attribute(const Word& word) {
        std::string name = read_name(word, mistakes_);
        const bool is_of_key = std::any_of(table_.key.begin(), table_.key.end(),
                                           [&](const KeyPart& part) { return part.name == name; });
        if (is_of_key) {
            mistakes_.add(word.line, "found " + in_quotes(word.text) +
                                         ", expected an attribute that is no part of the key: a "
                                         "key does not change");
        }
        return name;
    }

    std::string read_field(const Section& section) {
        const auto word = section.required_word("field");
        if (!word) return {};
        std::string field = read_attribute(*word);
        if (!field.empty()) fields_.push_back({field, "field", *word});
        return field;
    }

    std::vector<std::string> read_statuses(const Section& section, std::string_view key,
                                           const std::string& field) {
        std::vector<std::string> statuses;
        for (const Word& word : section.words(key)) {
            statuses.push_back(word.text);
            if (!field.empty()) statuses_.push_back({field, key, word});
        }
        return statuses;
    }

    std::vector<std::string> read_in(const Section& section, const std::string& field) {
        demand(section, "in");
        return read_statuses(section, "in", field);
    }

    void demand(const Section& section, std::string_view name) {
        if (section.find(name) != nullptr) return;
        mistakes_.add(section.line(), "found no " + std::string(name) + " in [[" + section.name() +
                                          "]], expected at least one");
    }

    std::optional<Access> read_narrower(const Section& section) {
        if (section.find("access") == nullptr) return std::nullopt;
        return read_access(section, {.owner = table_.owner});
    }

    Transition read_transition(const toml::table& source) {
        const Section section(source, "table.transition",
                              {"field", "from", "to", "access", "where", "touch"}, mistakes_);
        Transition step;
        step.field = read_field(section);
        step.from = read_statuses(section, "from", step.field);
        if (const auto to = section.required_word("to")) {
            step.to = to->text;
            statuses_.push_back({step.field, "to", *to});
        }
        step.access = read_access(section, {.owner = table_.owner});
        step.where = read_where(section);
        step.touches = section.flag("touch");
        if (step.touches && !names(step.from, step.to)) {
            mistakes_.add(line_of(*section.find("touch")),
                          "found touch in a step that is not from " + in_quotes(step.to) +
                              " to itself, expected " + in_quotes(step.to) + " in from, too");
        }
        return step;
    }

    Editable read_editable(const toml::table& source) {
        const Section section(source, "table.editable", {"field", "in", "attributes", "access"},
                              mistakes_);
        Editable editable;
        editable.field = read_field(section);
        editable.in = read_in(section, editable.field);
        demand(section, "attributes");
        for (const Word& word : section.words("attributes")) {
            editable.attributes.push_back(read_attribute(word));
            const MadeAttribute* made = made_of(editable.attributes.back());
            if (made == nullptr || std::holds_alternative<MadeInitial>(made->from)) continue;
            mistakes_.add(word.line, "found " + in_quotes(word.text) +
                                         " among what may be edited, expected no attribute that "
                                         "the server makes");
        }
        editable.access = read_narrower(section);
        return editable;
    }

    Removable read_removable(const toml::table& source) {
        const Section section(source, "table.removable", {"field", "in", "access"}, mistakes_);
        Removable removable;
        removable.field = read_field(section);
        removable.in = read_in(section, removable.field);
        removable.access = read_narrower(section);
        return removable;
    }

    // ---- what the sections say of each other ----

    [[nodiscard]] const MadeAttribute* made_of(std::string_view name) const {
        return table_.schema ? table_.schema->find_made(name) : nullptr;
    }

    [[nodiscard]] const ValueRule* rule_of(std::string_view name) const {
        return table_.schema ? table_.schema->item.find(name) : nullptr;
    }

    // The statuses that an item can come to have; nothing where it may begin with any.
    [[nodiscard]] std::optional<std::vector<std::string>> statuses_of(
        const std::string& field) const {
        std::vector<std::string> statuses;
        const MadeAttribute* made = made_of(field);
        const std::string* initial = made == nullptr ? nullptr : made->initial_text();
        bool is_closed = initial != nullptr;
        if (is_closed) statuses.push_back(*initial);
        for (const Transition& step : table_.transitions) {
            if (step.field != field) continue;
            if (step.from.empty()) is_closed = true;
            if (!names(statuses, step.to)) statuses.push_back(step.to);
        }
        return is_closed ? std::optional(std::move(statuses)) : std::nullopt;
    }

    // It has to be one that a status can be kept in, and that has steps.
    void check_field(const Said& said) {
        const auto note = [&](const std::string& what) {
            mistakes_.add(said.word.line, "found " + in_quotes(said.word.text) + what);
        };
        const auto is_of = [&](const Transition& step) { return step.field == said.field; };
        const auto& steps = table_.transitions;
        if (std::none_of(steps.begin(), steps.end(), is_of)) {
            note(", expected the field of a [[table.transition]] of this table");
        }
        const MadeAttribute* made = made_of(said.field);
        if (made != nullptr && made->initial_text() == nullptr) {
            note(
                ", which the server makes, expected a field with an initial string, or one that "
                "clients write");
        }
        const ValueRule* rule = rule_of(said.field);
        if (rule != nullptr && rule->type && *rule->type != SchemaType::string) {
            note(", which is no string by its rule, expected one that is");
        }
    }

    // A status that no item can have makes a step that is never taken, or a lock that never opens.
    void check_status(const Said& said) {
        const std::string& status = said.word.text;
        const auto known = statuses_of(said.field);
        if (known && !names(*known, status)) {
            const std::vector<std::string_view> words(known->begin(), known->end());
            mistakes_.add(said.word.line,
                          "found " + in_quotes(status) + " in " + std::string(said.key) +
                              ", which no item comes to be, " + expected_name(status, words));
        }
        const ValueRule* rule = rule_of(said.field);
        if (rule == nullptr || rule->one_of.empty()) return;
        const auto& values = rule->one_of;
        if (std::find(values.begin(), values.end(), PatternValue(status)) != values.end()) return;
        mistakes_.add(said.word.line,
                      "found " + in_quotes(status) + " in " + std::string(said.key) +
                          ", expected one that is in the enum of " + in_quotes(said.field));
    }

    std::vector<Said> fields_;
    std::vector<Said> statuses_;
    Table& table_;
    Mistakes& mistakes_;
};

}  // namespace

void read_transitions(const Section& section, Table& table) {
    Mistakes& mistakes = section.mistakes();
    LifeReader(table, mistakes).read(section);
    for (const std::string_view name : {"transition", "editable", "removable"}) {
        const toml::node* node = section.find(name);
        if (node == nullptr || table.is_direct) continue;
        mistakes.add(line_of(*node), "found [[table." + std::string(name) +
                                         "]] in a table that takes records, expected it beside "
                                         "source = \"direct\"");
    }
}

}  // namespace freshet::engine
