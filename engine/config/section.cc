#include "engine/config/section.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "engine/text/nearest_name.h"
#include "engine/text/utf8.h"

namespace freshet::engine {

namespace {

std::string text_of(double number) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

}  // namespace

void Mistakes::add(Line line, std::string what) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    std::replace_if(what.begin(), what.end(), is_control, ' ');
    mistakes_.emplace(line, std::move(what));
}

std::string_view Mistakes::rest_of_line(const toml::node& node) const {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // has no place in the first line
    const auto begin = node.source().begin;
    std::string_view rest = file_;
    if (rest.starts_with(byte_order_mark)) rest.remove_prefix(byte_order_mark.size());
    for (Line line = 1; line < begin.line; ++line) rest.remove_prefix(rest.find('\n') + 1);
    rest = rest.substr(0, rest.find('\n'));
    // Columns are counted in characters; the file was read, so it is UTF-8.
    for (auto column = begin.column; column > 1; --column) {
        rest.remove_prefix(character_bytes(rest));
    }
    return rest;
}

std::string Mistakes::text(std::string_view file) const {
    std::string text;
    std::set<std::pair<Line, std::string_view>> said;
    for (const auto& [line, what] : mistakes_) {
        if (!said.emplace(line, what).second) continue;
        if (!text.empty()) text += '\n';
        text.append(file).append(":").append(std::to_string(line)).append(": ").append(what);
    }
    return text;
}

Line line_of(const toml::node& node) {
    return node.source().begin.line;
}

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string description_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return in_quotes(text->get());
    if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
    if (const auto* number = node.as_floating_point()) return text_of(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    if (node.is_array_of_tables()) return "an array of tables";
    if (const auto* array = node.as_array()) return array->empty() ? "an empty array" : "an array";
    return node.is_table() ? "a table" : "a date or time";
}

Section::Section(const toml::table& table, std::string name,
                 std::initializer_list<std::string_view> known, Mistakes& mistakes)
    : table_(table), name_(std::move(name)), mistakes_(mistakes) {
    for (const auto& [key, value] : table_) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        mistakes_.add(key.source().begin.line, "found the unknown key " + in_quotes(key.str()) +
                                                   ", " + expected_name(key.str(), known));
    }
}

std::optional<Word> Section::word(std::string_view key) const {
    const toml::node* node = find(key);
    return node == nullptr ? std::nullopt : word_in(*node, key);
}

std::optional<Word> Section::required_word(std::string_view key) const {
    if (find(key) == nullptr) {
        mistakes_.add(line(),
                      "found no " + std::string(key) + " in [[" + name_ + "]], expected one");
    }
    return word(key);
}

bool Section::flag(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) return false;
    if (const auto* truth = node->as_boolean()) return truth->get();
    note(*node, key, "true or false");
    return false;
}

std::optional<std::int64_t> Section::integer(std::string_view key, std::int64_t min,
                                             std::int64_t max) const {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const auto* integer = node->as_integer();
    if (integer == nullptr || integer->get() < min || integer->get() > max) {
        note(*node, key, "an integer from " + std::to_string(min) + " to " + std::to_string(max));
        return std::nullopt;
    }
    return integer->get();
}

std::vector<Word> Section::words(std::string_view key) const {
    std::vector<Word> words;
    const toml::node* node = find(key);
    if (node == nullptr) return words;
    const toml::array* array = node->as_array();
    if (array == nullptr && !node->is_string()) {
        note(*node, key, "a string or an array of strings");
        return words;
    }
    if (array == nullptr) {
        if (auto word = word_in(*node, key)) words.push_back(*std::move(word));
        return words;
    }
    if (array->empty()) note(*node, key, "at least one string in it");
    for (const toml::node& element : *array) {
        if (auto word = word_in(element, key)) words.push_back(*std::move(word));
    }
    return words;
}

const toml::table* Section::table(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) note(*node, key, "[" + header_of(key) + "]");
    return node->as_table();
}

std::vector<const toml::table*> Section::tables(std::string_view key) const {
    std::vector<const toml::table*> tables;
    const toml::node* node = find(key);
    if (node == nullptr) return tables;
    if (!node->is_array_of_tables()) {
        note(*node, key, "[[" + header_of(key) + "]]");
        return tables;
    }
    for (const toml::node& element : *node->as_array()) tables.push_back(element.as_table());
    return tables;
}

std::string Section::header_of(std::string_view key) const {
    return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
}

void Section::note(const toml::node& found, std::string_view key, std::string_view expected) const {
    std::string what = "found " + description_of(found);
    what.append(" for ").append(key).append(", expected ").append(expected);
    mistakes_.add(line_of(found), std::move(what));
}

std::optional<Word> Section::word_in(const toml::node& node, std::string_view key) const {
    const auto* text = node.as_string();
    if (text == nullptr || text->get().empty()) {
        note(node, key, "a string of at least one character");
        return std::nullopt;
    }
    return Word{text->get(), line_of(node)};
}

std::vector<AttributePath> read_paths(const std::vector<Word>& words, Mistakes& mistakes) {
    std::vector<AttributePath> paths;
    for (const Word& word : words) {
        if (auto path = AttributePath::parse(word.text)) {
            paths.push_back(*std::move(path));
        } else {
            mistakes.add(word.line, path.error().message);
        }
    }
    return paths;
}

std::vector<AttributePath> read_distinct_paths(const Section& section, std::string_view key) {
    std::vector<AttributePath> paths;
    for (const Word& word : section.words(key)) {
        for (AttributePath& path : read_paths({word}, section.mistakes())) {
            if (std::find(paths.begin(), paths.end(), path) == paths.end()) {
                paths.push_back(std::move(path));
                continue;
            }
            section.mistakes().add(word.line, "found " + in_quotes(word.text) + " again in " +
                                                  std::string(key) +
                                                  ", expected each attribute once");
        }
    }
    return paths;
}

std::string read_name(const Word& word, Mistakes& mistakes) {
    const std::vector<AttributePath> paths = read_paths({word}, mistakes);
    if (paths.empty()) return {};
    if (paths.front().names().size() == 1) return paths.front().names().front();
    mistakes.add(word.line, "found " + in_quotes(word.text) +
                                ", expected an attribute of the item itself: a dot in its name is "
                                "written \\.");
    return {};
}

std::vector<std::string> read_distinct_names(const Section& section, std::string_view key) {
    std::vector<std::string> names;
    for (const AttributePath& path : read_distinct_paths(section, key)) {
        const Word word{path.text(), line_of(*section.find(key))};
        names.push_back(read_name(word, section.mistakes()));
    }
    return names;
}

}  // namespace freshet::engine
