#include "tests/tidy/source_text.h"

#include <algorithm>
#include <cctype>

namespace freshet::tidy {
namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) {
            return true;
        }
    }
    return false;
}

// Goes through the text once and hands each stretch to the part it belongs to.
class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    SourceParts split() {
        while (at_ < text_.size()) step();
        return std::move(parts_);
    }

private:
    enum class Kind { code, comment, literal, raw, preprocessor };

    void step() {
        const char c = text_[at_];
        if (starts("//")) return take(line_end(), Kind::comment);
        if (starts("/*")) return take(after("*/", at_ + 2), Kind::comment);
        if (starts("R\"") && !after_word()) return take_raw_string();
        if (c == '"') return take_quoted('"');
        if (c == '\'' && !after_word()) return take_quoted('\'');
        if (c == '#' && begins_line()) return take(line_end(), Kind::preprocessor);
        take(at_ + 1, Kind::code);
    }

    [[nodiscard]] bool starts(std::string_view token) const {
        return text_.substr(at_).starts_with(token);
    }

    // A quote after a letter or digit is a digit separator, as in 1'000.
    [[nodiscard]] bool after_word() const { return at_ > 0 && is_word(text_[at_ - 1]); }

    [[nodiscard]] bool begins_line() const {
        const std::size_t before = text_.find_last_not_of(" \t", at_ - 1);
        return at_ == 0 || before == text_.npos || text_[before] == '\n';
    }

    [[nodiscard]] std::size_t line_end() const {
        std::size_t end = text_.find('\n', at_);
        while (end != text_.npos && end > 0 && text_[end - 1] == '\\') {
            end = text_.find('\n', end + 1);
        }
        return std::min(end, text_.size());
    }

    [[nodiscard]] std::size_t after(std::string_view token, std::size_t from) const {
        const std::size_t found = text_.find(token, from);
        return found == text_.npos ? text_.size() : found + token.size();
    }

    void take_raw_string() {
        const std::size_t open = std::min(text_.find('(', at_), text_.size());
        const std::string_view delimiter = text_.substr(at_ + 2, open - at_ - 2);
        const std::string closing = ")" + std::string(delimiter) + "\"";
        take(std::min(open + 1, text_.size()), Kind::literal);
        take(std::min(text_.find(closing, at_), text_.size()), Kind::raw);
        take(std::min(at_ + closing.size(), text_.size()), Kind::literal);
    }

    void take_quoted(char quote) {
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        end = std::min(end, text_.size());
        take(at_ + 1, Kind::code);
        take(end, Kind::literal);
        if (at_ < text_.size()) take(at_ + 1, Kind::code);
    }

    void take(std::size_t end, Kind kind) {
        for (; at_ < end; ++at_) {
            const char c = text_[at_];
            const bool line_break = c == '\n';
            parts_.code += kind == Kind::code || line_break ? c : ' ';
            parts_.comments += kind == Kind::comment || line_break ? c : ' ';
            if (kind != Kind::raw || line_break) parts_.unquoted += c;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    SourceParts parts_;
};

bool is_type(std::string_view head) {
    return has_word(head, "class") || has_word(head, "struct") || has_word(head, "union") ||
           has_word(head, "enum");
}

}  // namespace

SourceParts split_source(std::string_view text) {
    return Splitter(text).split();
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::size_t matching_bracket(std::string_view code, std::size_t open) {
    constexpr std::string_view opening = "([{";
    constexpr std::string_view closing = ")]}";
    std::size_t depth = 0;
    for (std::size_t at = open; at < code.size(); ++at) {
        if (opening.find(code[at]) != opening.npos) ++depth;
        if (closing.find(code[at]) != closing.npos && --depth == 0) return at;
    }
    return std::string_view::npos;
}

bool Block::is_namespace() const {
    return has_word(head, "namespace") || has_word(head, "extern");
}

bool Block::is_function() const {
    return !is_namespace() && head.find('(') != head.npos && !is_type(head);
}

std::vector<Block> outer_blocks(std::string_view code) {
    std::vector<Block> blocks;
    std::size_t statement = 0;  // where the present statement began
    for (std::size_t at = 0; at < code.size(); ++at) {
        const char c = code[at];
        if (c == ';' || c == '}') statement = at + 1;
        if (c != '{') continue;

        Block block{.head = std::string(code.substr(statement, at - statement)),
                    .open = at,
                    .close = matching_bracket(code, at)};
        if (block.close == code.npos) return blocks;
        if (!block.is_namespace() && !is_type(block.head)) at = block.close;
        statement = at + 1;
        blocks.push_back(std::move(block));
    }
    return blocks;
}

}  // namespace freshet::tidy
