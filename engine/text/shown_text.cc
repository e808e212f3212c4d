#include "engine/text/shown_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "engine/text/utf8.h"

namespace freshet::engine {

namespace {

constexpr std::string_view cut_mark = "…";

// Characters that are not seen for what they are, from the first to the last of each range.
constexpr auto unseen = std::to_array<std::pair<char32_t, char32_t>>({
    {0x00, 0x1F},        // controls, and the ends of lines
    {0x7F, 0x9F},        // DEL; controls again, of which terminals obey U+009B as ESC [
    {0xAD, 0xAD},        // a hyphen that is seen at the end of a line only
    {0x61C, 0x61C},      // turns the direction of text, as do some of the next
    {0x180E, 0x180E},    // without width
    {0x200B, 0x200F},    // without width, or of the direction
    {0x2028, 0x202E},    // ends of lines and paragraphs; of the direction
    {0x2060, 0x206F},    // without width, or of the direction
    {0xFEFF, 0xFEFF},    // a byte order mark
    {0xFFF9, 0xFFFB},    // annotations
    {0xE0000, 0xE0FFF},  // tags, without width
});

bool is_unseen(char32_t character) {
    return std::any_of(unseen.begin(), unseen.end(), [character](const auto& range) {
        return character >= range.first && character <= range.second;
    });
}

// Of a character whose bytes are known to be UTF-8.
char32_t code_point(std::string_view bytes) {
    constexpr std::array<unsigned, 5> lead_bits{0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t character = static_cast<unsigned char>(bytes.front()) & lead_bits.at(bytes.size());
    for (const char byte : bytes.substr(1)) {
        character = (character << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
    }
    return character;
}

std::string escaped(std::uint16_t unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) text += digits[(unit >> shift) & 0xFU];
    return text;
}

std::string escaped(char32_t character) {
    switch (character) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    if (character < 0x10000) return escaped(static_cast<std::uint16_t>(character));
    const char32_t rest = character - 0x10000;
    return escaped(static_cast<std::uint16_t>(0xD800 + (rest >> 10U))) +
           escaped(static_cast<std::uint16_t>(0xDC00 + (rest & 0x3FFU)));
}

enum class Form { quoted, sentence };

// Takes one character off the front, as it is written.
std::string take_character(std::string_view& text, Form form) {
    const std::size_t bytes = character_bytes(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(bytes, 1));
    text.remove_prefix(character.size());
    if (bytes == 0) return "\\ufffd";
    if (form == Form::quoted && (character == "\"" || character == "\\")) {
        return "\\" + std::string(character);
    }
    const char32_t point = code_point(character);
    return is_unseen(point) ? escaped(point) : std::string(character);
}

// Returns whether all of the text is there.
bool append_shown(std::string& out, std::string_view text, Form form, std::size_t bytes_max) {
    const std::size_t begin = out.size();
    while (!text.empty()) {
        const std::string character = take_character(text, form);
        if (character.size() > bytes_max - (out.size() - begin)) return false;
        out += character;
    }
    return true;
}

bool is_plain_in_shell(char c) {
    constexpr std::string_view marks = "%+,-./:@_";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
}

}  // namespace

std::string quoted_text(std::string_view text, std::size_t bytes_max) {
    std::string out = "\"";
    const bool is_whole = append_shown(out, text, Form::quoted, bytes_max);
    out += '"';
    if (!is_whole) out += cut_mark;
    return out;
}

std::string shown_text(std::string_view text, std::size_t bytes_max) {
    std::string out;
    if (!append_shown(out, text, Form::sentence, bytes_max)) out += cut_mark;
    return out;
}

void append_quoted(std::string& json, std::string_view text) {
    json += '"';
    append_shown(json, text, Form::quoted, std::string_view::npos);
    json += '"';
}

std::string shell_word(std::string_view text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain_in_shell)) {
        return std::string(text);
    }
    std::string word = "'";
    for (const char c : shown_text(text)) {
        if (c == '\'') {
            word += "'\\''";
        } else {
            word += c;
        }
    }
    return word + "'";
}

}  // namespace freshet::engine
