// A walk over the tokens of a text, forwards, that gives up where something is not plain.
//
//     JsonTokens  ->  TokenWalk  ->  PlainReader, PlainImage
//
// Each call takes what it is named after and moves behind it, or says that it is not there; the
// walk is then somewhere before it. It checks the grammar of what it takes: of a string what
// engine/text/json_tokens.h promises, and of its escapes whether JSON knows them.
//
// Threads: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "engine/text/json_grammar.h"
#include "engine/text/json_tokens.h"

namespace freshet::engine {

class TokenWalk {
public:
    using Token = const std::uint32_t*;

    // Begins with the text's first token. False if its bytes do not have the form of JSON's tokens.
    bool begin(std::string_view text);
    // Gives back what a long text needed.
    void end();

    // ---- where it is ----

    [[nodiscard]] Token here() const { return at_; }
    void go_back_to(Token token) { at_ = token; }
    // To the first token that does not begin before that character of the text.
    void skip_to(const char* character);
    // Whether the next token begins before that character.
    [[nodiscard]] bool is_before(const char* character) const {
        return at_ != last_ && text_ + *at_ < character;
    }
    // Whether the token that was taken last begins before it.
    [[nodiscard]] bool was_before(const char* character) const {
        return text_ + at_[-1] < character;
    }
    // How many bytes of the text stand between a token that was taken and the last one that was;
    // and from that on.
    [[nodiscard]] std::size_t bytes_from(Token token) const { return at_[-1] - *token; }
    [[nodiscard]] std::size_t bytes_left() const { return bytes_ - at_[-1]; }

    // ---- what is there ----

    // The next token's first character; NUL behind the last token.
    [[nodiscard]] char peek() const { return at_ == last_ ? '\0' : text_[*at_]; }

    bool take(char bracket_or_comma) {
        if (peek() != bracket_or_comma) return false;
        ++at_;
        return true;
    }
    // A string without escapes.
    bool take_string(std::string_view& text) {
        if (peek() != '"') return false;
        text = string_of(at_);
        ++at_;
        return !has_escape(text);
    }
    // A member's name, without escapes, and the colon.
    bool take_name(std::string_view& name) {
        const Token at = at_;
        if (last_ - at < 2 || text_[at[0]] != '"' || text_[at[1]] != ':') return false;
        name = string_of(at);
        at_ = at + 2;
        return !has_escape(name);
    }
    // {"name":"text"}, without escapes: the form of nearly every value. It stays where it is if
    // there is something else.
    bool take_pair(std::string_view& name, std::string_view& text) {
        const Token at = at_;
        const bool is_pair = last_ - at >= 5 && text_[at[0]] == '{' && text_[at[1]] == '"' &&
                             text_[at[2]] == ':' && text_[at[3]] == '"' && text_[at[4]] == '}';
        if (!is_pair) return false;
        name = string_of(at + 1);
        text = string_of(at + 3);
        if (has_escape(name) || has_escape(text)) return false;
        at_ = at + 5;
        return true;
    }
    // A string. One with escapes is written out into scratch, which a walk has until its end.
    bool take_text(std::string_view& text);
    // A number, true, false or null.
    bool take_word(std::string_view& word);
    // Anything, of a bounded depth.
    bool skip_value() { return skip_value(skipped_depth_max); }

    // Appends what stands from there to here without the blanks between tokens. False if there is
    // an escape in it: append_json() would write it in another way.
    bool append_compact(std::string& out, Token begin) const;

private:
    // No text that it takes is deeper than JsonDocument would take, wherever a value stands in a
    // record.
    static constexpr std::size_t skipped_depth_max = 32;

    bool skip_value(std::size_t depth);
    bool skip_members(std::size_t depth);
    bool skip_elements(std::size_t depth);

    // Behind the last character of a token.
    [[nodiscard]] const char* end_of(Token token) const {
        const char* end = token + 1 == last_ ? text_ + bytes_ : text_ + token[1];
        if (end[-1] > ' ') return end;  // as a rule
        while (is_space(end[-1])) --end;
        return end;
    }
    [[nodiscard]] const char* end_of_last() const { return end_of(at_ - 1); }
    // What a string's token has between its quotes.
    [[nodiscard]] std::string_view string_of(Token token) const {
        const char* const begin = text_ + *token + 1;
        return {begin, static_cast<std::size_t>(end_of(token) - 1 - begin)};
    }
    [[nodiscard]] bool has_escape(std::string_view text) const {
        return escapes_ && std::memchr(text.data(), '\\', text.size()) != nullptr;
    }

    JsonTokens tokens_;
    const char* text_ = nullptr;
    std::size_t bytes_ = 0;
    bool escapes_ = false;  // whether there is any
    Token at_ = nullptr;
    Token last_ = nullptr;
    std::string written_out_;
};

}  // namespace freshet::engine
