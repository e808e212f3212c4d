#include "engine/records/token_walk.h"

#include <algorithm>

namespace freshet::engine {
namespace {

// A character in UTF-8. It is no surrogate.
void append_character(std::string& out, unsigned character) {
    const auto append = [&](unsigned byte) { out += static_cast<char>(byte); };
    const auto append_rest = [&](unsigned shift) { append(0x80U | (character >> shift & 0x3FU)); };
    if (character < 0x80) return append(character);
    if (character < 0x800) {
        append(0xC0U | character >> 6U);
        return append_rest(0);
    }
    if (character < 0x10000) {
        append(0xE0U | character >> 12U);
    } else {
        append(0xF0U | character >> 18U);
        append_rest(12);
    }
    append_rest(6);
    append_rest(0);
}

// What an escape sequence of so many bytes stands for.
void append_escaped(std::string& out, std::string_view sequence) {
    constexpr std::string_view letters = "bfnrt";
    constexpr std::string_view meanings = "\b\f\n\r\t";
    if (sequence.size() == 2) {
        const std::size_t letter = letters.find(sequence[1]);
        out += letter == std::string_view::npos ? sequence[1] : meanings[letter];
        return;
    }
    const unsigned first = *escaped_unit(sequence);
    if (sequence.size() == 6) return append_character(out, first);
    const unsigned second = *escaped_unit(sequence.substr(6));
    append_character(out, 0x10000U + ((first - 0xD800U) << 10U) + (second - 0xDC00U));
}

}  // namespace

bool TokenWalk::begin(std::string_view text) {
    if (!tokens_.read(text)) return false;
    text_ = text.data();
    bytes_ = text.size();
    at_ = tokens_.places().data();
    last_ = at_ + tokens_.places().size();
    escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
    // Never longer than the text, so what is seen of it never moves.
    written_out_.clear();
    if (escapes_) written_out_.reserve(text.size());
    return true;
}

void TokenWalk::end() {
    constexpr std::size_t kept_max = 64U << 10U;
    tokens_.shrink();
    if (written_out_.capacity() > kept_max) written_out_ = {};
    at_ = last_ = nullptr;
}

void TokenWalk::skip_to(const char* character) {
    while (is_before(character)) ++at_;
}

bool TokenWalk::take_text(std::string_view& text) {
    if (peek() != '"') return false;
    if (take_string(text)) return true;
    const std::size_t begin = written_out_.size();
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('\\'), text.size());
        written_out_ += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const std::size_t bytes = escape_bytes(text);
        if (bytes == 0) return false;
        append_escaped(written_out_, text.substr(0, bytes));
        text.remove_prefix(bytes);
    }
    text = std::string_view(written_out_).substr(begin);
    return true;
}

bool TokenWalk::take_word(std::string_view& word) {
    if (at_ == last_) return false;
    const char* const begin = text_ + *at_++;
    word = {begin, static_cast<std::size_t>(end_of_last() - begin)};
    return word == "true" || word == "false" || word == "null" || is_number(word);
}

bool TokenWalk::skip_value(std::size_t depth) {
    switch (peek()) {
        case '"': {
            std::string_view text;
            return take_string(text);
        }
        case '{':
            return depth > 0 && skip_members(depth - 1);
        case '[':
            return depth > 0 && skip_elements(depth - 1);
        default: {
            std::string_view word;
            return take_word(word);
        }
    }
}

bool TokenWalk::skip_members(std::size_t depth) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
        std::string_view name;
        if (!take_name(name) || !skip_value(depth)) return false;
    } while (take(','));
    return take('}');
}

bool TokenWalk::skip_elements(std::size_t depth) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
        if (!skip_value(depth)) return false;
    } while (take(','));
    return take(']');
}

bool TokenWalk::append_compact(std::string& out, Token begin) const {
    const char* const end = end_of_last();
    const std::string_view whole(text_ + *begin, static_cast<std::size_t>(end - text_ - *begin));
    if (escapes_ && whole.find('\\') != std::string_view::npos) return false;
    bool compact = true;
    for (Token token = begin + 1; token != at_; ++token) {
        compact = compact && !is_space(text_[*token - 1]);
    }
    if (compact) {
        out += whole;
        return true;
    }
    for (Token token = begin; token != at_; ++token) out.append(text_ + *token, end_of(token));
    return true;
}

}  // namespace freshet::engine
