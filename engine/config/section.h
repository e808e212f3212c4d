// One table of a TOML file, read with all that is wrong in it collected.
//
//     toml::table  ->  Section::word("name"), ::words("fields"), …  ->  values
//                                      └────────────────────────────►  Mistakes
//
// A reader that finds a mistake notes it and goes on with what it has, so that one run names every
// mistake in the file. A file with mistakes never becomes a configuration.
#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/values/attribute_path.h"

namespace freshet::engine {

using Line = std::uint32_t;  // of the file, from 1

class Mistakes {
public:
    // `file` is the text that was read, and outlives this.
    explicit Mistakes(std::string_view file) : file_(file) {}

    // `what` reads `found …, expected …`. Control characters that it quotes from the file become
    // blanks, so that each mistake keeps to its line.
    void add(Line line, std::string what);

    [[nodiscard]] bool none() const { return mistakes_.empty(); }
    [[nodiscard]] std::size_t count() const { return mistakes_.size(); }

    // The file from where `node` begins to the end of that line: what was written there, to the
    // letter.
    [[nodiscard]] std::string_view rest_of_line(const toml::node& node) const;

    // One line for each in the order of the file, once: `file:12: found …, expected …`.
    [[nodiscard]] std::string text(std::string_view file) const;

private:
    std::string_view file_;
    std::multimap<Line, std::string> mistakes_;
};

// A string in the file.
struct Word {
    std::string text;
    Line line = 0;
};

Line line_of(const toml::node& node);

std::string in_quotes(std::string_view text);

// How a value shows in a message: `"large"`, `5`, `an array`.
std::string description_of(const toml::node& node);

class Section {
public:
    // `name` is as in the file's header, `table.view`; empty for the whole file. Notes every key
    // that is not among `known`.
    Section(const toml::table& table, std::string name,
            std::initializer_list<std::string_view> known, Mistakes& mistakes);

    [[nodiscard]] Line line() const { return line_of(table_); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Mistakes& mistakes() const { return mistakes_; }

    // The value as it is; null if the key is absent.
    [[nodiscard]] const toml::node* find(std::string_view key) const { return table_.get(key); }

    // Each of these answers nothing if the key is absent, and notes a value of another form.

    [[nodiscard]] std::optional<Word> word(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t min,
                                                      std::int64_t max) const;
    // False if the key is absent.
    [[nodiscard]] bool flag(std::string_view key) const;
    // A string, or an array of strings.
    [[nodiscard]] std::vector<Word> words(std::string_view key) const;
    [[nodiscard]] const toml::table* table(std::string_view key) const;
    [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key) const;

    // As word(), and notes if the key is absent.
    [[nodiscard]] std::optional<Word> required_word(std::string_view key) const;

private:
    [[nodiscard]] std::string header_of(std::string_view key) const;
    void note(const toml::node& found, std::string_view key, std::string_view expected) const;
    [[nodiscard]] std::optional<Word> word_in(const toml::node& node, std::string_view key) const;

    const toml::table& table_;
    std::string name_;
    Mistakes& mistakes_;
};

// The words that are paths; notes those that are not.
std::vector<AttributePath> read_paths(const std::vector<Word>& words, Mistakes& mistakes);

// The word as the name of an attribute of the item itself, in which a dot is written `\.`; empty
// and noted if it is another path.
std::string read_name(const Word& word, Mistakes& mistakes);

// The names of the section's `key`; notes one that is named twice, too.
std::vector<std::string> read_distinct_names(const Section& section, std::string_view key);

// The paths of the section's `key`; notes one that is named twice, too.
std::vector<AttributePath> read_distinct_paths(const Section& section, std::string_view key);

}  // namespace freshet::engine
