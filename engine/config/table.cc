#include "engine/config/table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/access.h"
#include "engine/config/derive.h"
#include "engine/config/expires.h"
#include "engine/config/pattern.h"
#include "engine/config/schema.h"
#include "engine/config/shape.h"
#include "engine/config/total.h"
#include "engine/config/transition.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

using storage::ChangeKind;
using storage::ValueType;

constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t key_parts_max = 2;  // as DynamoDB has them: partition key, sort key

// A watcher's stream says these itself.
constexpr std::array<std::string_view, 10> reserved_event_types = {
    "open",     "error",  "message", "hello",    "reset",
    "snapshot", "change", "ended",   "expiring", "bookmark"};

template <class Value>
using Choice = std::pair<std::string_view, Value>;

constexpr std::array<Choice<ValueType>, 3> key_types = {
    {{"string", ValueType::string}, {"number", ValueType::number}, {"binary", ValueType::binary}}};
constexpr std::array<Choice<Direction>, 2> directions = {
    {{"asc", Direction::ascending}, {"desc", Direction::descending}}};
constexpr std::array<Choice<ChangeKind>, 3> change_kinds = {{{"INSERT", ChangeKind::insert},
                                                             {"MODIFY", ChangeKind::modify},
                                                             {"REMOVE", ChangeKind::remove}}};

// Whether a table of that source is written directly.
constexpr std::array<Choice<bool>, 2> source_kinds = {{{"stream", false}, {"direct", true}}};

// What `text` chooses; nothing, and noted, if it is none of the choices.
template <class Value, std::size_t count>
std::optional<Value> choose(const std::array<Choice<Value>, count>& choices, const Word& word,
                            std::string_view text, Mistakes& mistakes) {
    std::array<std::string_view, count> known;
    for (std::size_t i = 0; i < count; ++i) {
        known[i] = choices[i].first;
        if (known[i] == text) return choices[i].second;
    }
    std::string what = "found " + in_quotes(text);
    if (text != word.text) what += " in " + in_quotes(word.text);
    mistakes.add(word.line, what + ", " + expected_name(text, known));
    return std::nullopt;
}

bool is_name(std::string_view text) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !text.empty() && text.size() <= name_bytes_max &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

// `name second`: a name and one word about it. The last blank divides, names may hold blanks.
struct Pair {
    std::string name;
    std::optional<std::string> second;
};

Pair divide(const std::string& text) {
    const std::size_t blank = text.rfind(' ');
    if (blank == std::string::npos) return {text, std::nullopt};
    const std::size_t end = text.find_last_not_of(' ', blank);
    return {text.substr(0, end == std::string::npos ? 0 : end + 1), text.substr(blank + 1)};
}

std::optional<AttributePath> read_path(const Word& word, Mistakes& mistakes) {
    std::vector<AttributePath> paths = read_paths({word}, mistakes);
    return paths.empty() ? std::nullopt : std::optional(std::move(paths.front()));
}

std::optional<KeyPart> read_key_part(const Word& word, Mistakes& mistakes) {
    const Pair pair = divide(word.text);
    const auto path = read_path({pair.name, word.line}, mistakes);
    const auto type = pair.second ? choose(key_types, word, *pair.second, mistakes)
                                  : std::optional(ValueType::string);
    if (!path || !type) return std::nullopt;
    if (path->names().size() > 1) {
        mistakes.add(word.line, "found the path " + in_quotes(pair.name) +
                                    " in key, expected an attribute of the item itself; a dot in "
                                    "its own name is written \\.");
        return std::nullopt;
    }
    return KeyPart{.name = path->names().front(), .type = *type};
}

std::vector<KeyPart> read_key(const Section& section) {
    const toml::node* node = section.find("key");
    const std::vector<Word> words = section.words("key");
    if (node == nullptr || words.size() > key_parts_max) {
        section.mistakes().add(
            node == nullptr ? section.line() : line_of(*node),
            "found " +
                (node == nullptr ? "no key" : std::to_string(words.size()) + " attributes in key") +
                ", expected one attribute or two: [\"pk\"] or [\"pk\", \"sk\"]");
    }
    std::vector<KeyPart> key;
    for (const Word& word : words) {
        auto part = read_key_part(word, section.mistakes());
        if (!part) continue;
        if (!key.empty() && key.front().name == part->name) {
            section.mistakes().add(word.line, "found " + in_quotes(part->name) +
                                                  " twice in key, expected two attributes");
        }
        key.push_back(*std::move(part));
    }
    return key;
}

// A record is routed to its table by its keys alone: they are in every record, images are not.
// What is no pattern, or names no path, is noted already.
void check_key_pattern(const toml::table& where, const std::vector<std::string_view>& key,
                       Mistakes& mistakes) {
    for (const auto& [name, value] : where) {
        const toml::array* alternatives = name.str() == any_of_key ? value.as_array() : nullptr;
        for (std::size_t i = 0; alternatives != nullptr && i < alternatives->size(); ++i) {
            const toml::table* alternative = (*alternatives)[i].as_table();
            if (alternative != nullptr) check_key_pattern(*alternative, key, mistakes);
        }
        const auto path = AttributePath::parse(name.str());
        if (name.str() == any_of_key || !path) continue;
        const Line line = name.source().begin.line;
        const bool in_key = path->names().size() == 1 &&
                            std::find(key.begin(), key.end(), path->names().front()) != key.end();
        if (!in_key) {
            mistakes.add(line, "found " + in_quotes(name.str()) +
                                   " in the table's where, which sees the key alone, " +
                                   expected_name(name.str(), key));
        } else if (value.is_table()) {
            mistakes.add(line, "found a table for " + in_quotes(name.str()) +
                                   " in the table's where, expected an array of values: no part of "
                                   "a key is a map");
        }
    }
}

Pattern read_table_where(const Section& section, const std::vector<KeyPart>& key) {
    Pattern pattern = read_where(section);
    const toml::node* node = section.find("where");
    const toml::table* where = node == nullptr ? nullptr : node->as_table();
    if (where == nullptr || key.empty()) return pattern;  // an absent key is noted already
    std::vector<std::string_view> names(key.size());
    std::transform(key.begin(), key.end(), names.begin(),
                   [](const KeyPart& part) { return std::string_view(part.name); });
    check_key_pattern(*where, names, section.mistakes());
    return pattern;
}

// The name of the table's source in records.
std::string read_from(const Section& section, const std::string& name) {
    const auto from = section.word("from");
    return from ? from->text : name;
}

// Whether the table is written directly; what says where records come from has no meaning then.
bool read_is_direct(const Section& section) {
    const auto source = section.word("source");
    if (!source) return false;
    const auto is_direct = choose(source_kinds, *source, source->text, section.mistakes());
    if (!is_direct || !*is_direct) return false;
    for (const std::string_view name : {"from", "where"}) {
        const toml::node* node = section.find(name);
        if (node == nullptr) continue;
        section.mistakes().add(line_of(*node), "found " + std::string(name) +
                                                   " in a table with source = \"direct\", "
                                                   "expected none: it takes no records");
    }
    return true;
}

// Of a table that is written directly.
bool read_demands_precondition(const Section& section, bool is_direct) {
    constexpr std::string_view name = "demand_if_match";
    const bool demands = section.flag(name);
    if (demands && !is_direct) {
        section.mistakes().add(line_of(*section.find(name)),
                               "found " + std::string(name) +
                                   " in a table that takes records, expected it beside source = "
                                   "\"direct\"");
    }
    return demands;
}

// What comes as a record of a stream is taken as it is.
std::optional<Schema> read_direct_schema(const Section& section, const Table& table) {
    auto schema = read_schema(section, table.key);
    if (schema && !table.is_direct) {
        section.mistakes().add(line_of(*section.find("schema")),
                               "found schema in a table that takes records, expected it beside "
                               "source = \"direct\"");
    }
    return schema;
}

// A name may hold blanks, but one that ends in a direction before the direction is a slip.
bool names_two_directions(const Pair& pair) {
    const auto last = divide(pair.name).second;
    return pair.second && last &&
           std::any_of(directions.begin(), directions.end(),
                       [&](const auto& direction) { return direction.first == *last; });
}

std::vector<SortPart> read_sort(const Section& section) {
    std::vector<SortPart> sort;
    for (const Word& word : section.words("sort")) {
        const Pair pair = divide(word.text);
        if (names_two_directions(pair)) {
            section.mistakes().add(word.line, "found two directions in " + in_quotes(word.text) +
                                                  ", expected one attribute and at most one "
                                                  "direction: \"dueAt desc\"");
            continue;
        }
        const auto path = read_path({pair.name, word.line}, section.mistakes());
        const auto direction = pair.second
                                   ? choose(directions, word, *pair.second, section.mistakes())
                                   : std::optional(Direction::ascending);
        if (!path || !direction) continue;
        if (std::any_of(sort.begin(), sort.end(),
                        [&](const SortPart& part) { return part.path == *path; })) {
            section.mistakes().add(word.line, "found " + in_quotes(pair.name) +
                                                  " again in sort, expected each attribute once");
            continue;
        }
        sort.push_back({*path, *direction});
    }
    return sort;
}

// Every `{path}` in a topic must be closed and a path.
TopicTemplate read_topic(const Word& word, Mistakes& mistakes) {
    TopicTemplate topic{.text = word.text, .parts = {}};
    std::string_view rest = word.text;
    while (!rest.empty()) {
        const std::size_t open = rest.find_first_of("{}");
        if (open > 0) topic.parts.emplace_back(std::string(rest.substr(0, open)));
        if (open == std::string_view::npos) break;
        const std::size_t close = rest.find_first_of("{}", open + 1);
        if (rest[open] == '}' || close == std::string_view::npos || rest[close] == '{') {
            mistakes.add(word.line, "found an unpaired brace in the topic " + in_quotes(word.text) +
                                        ", expected each path in braces: \"{pk}-updated\"");
            break;
        }
        const std::string path(rest.substr(open + 1, close - open - 1));
        if (auto read = read_path({path, word.line}, mistakes)) {
            topic.parts.emplace_back(*std::move(read));
        }
        rest.remove_prefix(close + 1);
    }
    return topic;
}

void check_event_type(const Word& type, Mistakes& mistakes) {
    const bool reserved = std::find(reserved_event_types.begin(), reserved_event_types.end(),
                                    type.text) != reserved_event_types.end();
    if (reserved) {
        mistakes.add(type.line, "found the event type " + in_quotes(type.text) +
                                    ", expected another: streams use this one themselves");
    } else if (!is_name(type.text)) {
        mistakes.add(type.line, "found the event type " + in_quotes(type.text) +
                                    ", expected 1 to 255 of A-Z a-z 0-9 _ . -");
    }
}

std::vector<Field> read_event_data(const Section& section) {
    std::vector<Field> data;
    for (const Word& word : section.words("data")) {
        if (word.text == "*") {
            section.mistakes().add(word.line,
                                   "found \"*\" in an event's data, expected fields by name");
            continue;
        }
        auto field = read_field(word, section.mistakes());
        if (!field) continue;
        const bool taken = std::any_of(data.begin(), data.end(), [&](const Field& other) {
            return other.name == field->name;
        });
        if (taken) {
            section.mistakes().add(word.line, "found the field " + in_quotes(field->name) +
                                                  " again, expected each name once");
            continue;
        }
        data.push_back(*std::move(field));
    }
    return data;
}

EventRule read_event(const toml::table& source, const Table& table, Mistakes& mistakes) {
    const Section section(source, "table.event",
                          {"type", "topic", "on", "changed", "where", "data", "access"}, mistakes);
    EventRule rule;
    if (const auto type = section.required_word("type")) {
        check_event_type(*type, mistakes);
        rule.type = type->text;
    }
    if (const auto topic = section.word("topic")) rule.topic = read_topic(*topic, mistakes);
    if (const auto on = section.word("on")) {
        rule.on = choose(change_kinds, *on, on->text, mistakes);
    }
    rule.changed = read_distinct_paths(section, "changed");
    rule.where = read_where(section);
    rule.data = read_event_data(section);
    rule.access = read_access(section, {.owner = table.owner});
    return rule;
}

// A rule with a mistake is not asked what it takes: nobody knows what was meant.
void read_events(const Section& section, Table& table) {
    Mistakes& mistakes = section.mistakes();
    EventReach reach;
    for (const toml::table* event : section.tables("event")) {
        const std::size_t before = mistakes.count();
        table.events.push_back(read_event(*event, table, mistakes));
        if (mistakes.count() > before) continue;
        reach.add(table.events.back(), line_of(*event), mistakes);
    }
}

ItemView read_view(const toml::table& source, const Table& table, Names& names, ShapeReader& shapes,
                   Mistakes& mistakes) {
    const Section section(source, "table.view",
                          {"name", "fields", "like", "with", "without", "access", "hide"},
                          mistakes);
    ItemView view;
    view.name = read_name(section, names);
    view.access = read_access(section, {.owner = table.owner});
    view.hide = section.flag("hide");
    shapes.declare(view.name, section);
    return view;
}

ListView read_list(const toml::table& source, const Table& table, Names& names, ShapeReader& shapes,
                   Mistakes& mistakes) {
    const Section section(
        source, "table.list",
        {"name", "by", "sort", "where", "fields", "like", "with", "without", "access"}, mistakes);
    ListView list;
    list.name = read_name(section, names);
    list.by = read_distinct_paths(section, "by");
    list.sort = read_sort(section);
    list.where = read_where(section);
    list.access = read_access(section, {.owner = table.owner, .by = &list.by});
    shapes.declare(list.name, section);
    return list;
}

// Views and lists are declared first and shaped then, since `like` may name a later one.
void read_views(const Section& section, Table& table, Names& names) {
    ShapeReader shapes(section.mistakes());
    for (const toml::table* view : section.tables("view")) {
        table.views.push_back(read_view(*view, table, names, shapes, section.mistakes()));
    }
    for (const toml::table* list : section.tables("list")) {
        table.lists.push_back(read_list(*list, table, names, shapes, section.mistakes()));
    }
    std::size_t number = 0;
    for (ItemView& view : table.views) view.shape = shapes.shape(number++);
    for (ListView& list : table.lists) list.shape = shapes.shape(number++);
}

}  // namespace

void Names::take(const Word& name, Mistakes& mistakes) {
    const bool dots = name.text == "." || name.text == "..";
    if (dots || !is_name(name.text)) {
        mistakes.add(name.line, "found the name " + in_quotes(name.text) +
                                    ", expected 1 to 255 of A-Z a-z 0-9 _ . -, other than . "
                                    "and ..");
        return;
    }
    const auto [taken, is_new] = lines_.emplace(name.text, name.line);
    if (is_new) return;
    mistakes.add(name.line, "found the name " + in_quotes(name.text) +
                                " again, expected one that " + "line " +
                                std::to_string(taken->second) + " has not taken");
}

std::string read_name(const Section& section, Names& names) {
    const auto name = section.required_word("name");
    if (!name) return {};
    names.take(*name, section.mistakes());
    return name->text;
}

std::unique_ptr<Table> read_table(const toml::table& source, Names& table_names, Names& view_names,
                                  TableReach& reach, Mistakes& mistakes) {
    const Section section(source, "table",
                          {"name", "key", "owner", "write", "demand_if_match", "from", "where",
                           "source", "schema", "expires", "transition", "editable", "removable",
                           "derive", "view", "list", "total", "event"},
                          mistakes);
    auto table = std::make_unique<Table>();
    const std::size_t before = mistakes.count();
    table->name = read_name(section, table_names);
    table->key = read_key(section);
    table->from = read_from(section, table->name);
    table->where = read_table_where(section, table->key);
    table->is_direct = read_is_direct(section);
    table->demands_precondition = read_demands_precondition(section, table->is_direct);
    table->schema = read_direct_schema(section, *table);
    if (mistakes.count() == before && !table->is_direct) {
        reach.add(*table, section.line(), mistakes);
    }
    table->derive = read_derive(section, table->key);
    read_expires(section, *table);
    if (const auto owner = section.word("owner")) table->owner = read_path(*owner, mistakes);
    table->write = read_access(section, {.owner = table->owner, .key = "write"});
    read_transitions(section, *table);
    read_views(section, *table, view_names);
    for (const toml::table* total : section.tables("total")) {
        table->totals.push_back(read_total(*total, *table, view_names, mistakes));
    }
    read_events(section, *table);
    return table;
}

}  // namespace freshet::engine
