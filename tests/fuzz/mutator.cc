#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <utility>

namespace freshet::fuzz {
namespace {

bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
}

// The offset behind the bracket that closes the one at `open`, or the end of the text. Strings are
// not looked into: a mutation may well be wrong.
std::size_t end_of_brackets(std::string_view text, std::size_t open) {
    std::size_t depth = 0;
    for (std::size_t at = open; at < text.size(); ++at) {
        if (text[at] == '{' || text[at] == '[') ++depth;
        if ((text[at] == '}' || text[at] == ']') && --depth == 0) return at + 1;
    }
    return text.size();
}

}  // namespace

std::vector<std::string> hostile_tokens() {
    return {
        std::string(1, '\0'),
        "\\u0000",
        "\\ud800",
        "\\udc00\\ud800",
        "\\",
        "\"",
        "\xC3",
        "\xED\xA0\x80",
        "\xF4\x90\x80\x80",
        "\xEF\xBB\xBF",
        "\r\n",
        "\n",
        "\t",
        "0",
        "-0",
        "1e999999",
        "-1E-999999999999999999999",
        "0.1e125",
        "18446744073709551616",
        "NaN",
        "null",
        "true",
        "{}",
        "[]",
        ",",
        ":",
        std::string(40, '9'),
        std::string(400, '7'),
        std::string(120, '['),
        std::string(120, ']'),
        std::string(3'000, 'a'),
    };
}

Mutator::Mutator(Dice& dice, std::vector<std::string> corpus, std::vector<std::string> tokens)
    : dice_(dice), corpus_(std::move(corpus)), tokens_(std::move(tokens)) {}

std::string Mutator::next() {
    std::string text = dice_.one_of(corpus_);
    for (std::size_t places = 1 + dice_.below(4); places > 0; --places) spoil(text);
    return text;
}

std::string Mutator::next_in_place() {
    std::string bytes = dice_.one_of(corpus_);
    for (std::size_t places = 1 + dice_.below(4); places > 0; --places) overwrite(bytes);
    if (dice_.one_in(20)) bytes.resize(dice_.below(bytes.size()));
    return bytes;
}

void Mutator::overwrite(std::string& bytes) {
    const std::size_t at = dice_.below(bytes.size());
    switch (dice_.below(4)) {
        case 0:  // a small number, such as a type or a size
            bytes[at] = static_cast<char>(dice_.below(16));
            return;
        case 1: {
            const std::string& token = dice_.one_of(tokens_);
            bytes.replace(at, token.size(), token, 0, bytes.size() - at);
            return;
        }
        case 2: {  // what stands elsewhere
            const std::size_t from = dice_.below(bytes.size());
            const std::size_t size = std::min<std::size_t>(4, bytes.size() - std::max(at, from));
            bytes.replace(at, size, std::string(bytes, from, size));
            return;
        }
        default:  // flip a bit
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << dice_.below(8)));
            return;
    }
}

void Mutator::spoil(std::string& text) {
    if (text.empty()) {
        text = dice_.one_of(tokens_);
        return;
    }
    const Piece piece = piece_of(text);
    switch (dice_.below(9)) {
        case 0:  // flip a bit
            text[piece.begin] = static_cast<char>(text[piece.begin] ^ (1 << dice_.below(8)));
            return;
        case 1:  // any byte
            text[piece.begin] = static_cast<char>(dice_.below(256));
            return;
        case 2:
            text.insert(piece.begin, dice_.one_of(tokens_));
            return;
        case 3:
            text.replace(piece.begin, piece.size, dice_.one_of(tokens_));
            return;
        case 4:
            text.erase(piece.begin, piece.size);
            return;
        case 5:  // duplicate
            text.insert(piece.begin, std::string(text, piece.begin, piece.size));
            return;
        case 6:
            text.replace(piece.begin, piece.size, foreign_piece());
            return;
        case 7: {  // move to another place; with a second move, two pieces are swapped
            const std::string moved(text, piece.begin, piece.size);
            text.erase(piece.begin, piece.size);
            text.insert(dice_.below(text.size() + 1), moved);
            return;
        }
        default:  // truncate, but not so often that nothing long is left
            if (dice_.one_in(3)) text.resize(dice_.below(text.size()));
            return;
    }
}

Mutator::Piece Mutator::piece_of(std::string_view text) {
    Piece piece{.begin = dice_.below(text.size()), .size = 0};
    switch (dice_.below(3)) {
        case 0: {
            while (piece.begin > 0 && is_word(text[piece.begin - 1])) --piece.begin;
            std::size_t end = piece.begin;
            while (end < text.size() && is_word(text[end])) ++end;
            piece.size = std::max<std::size_t>(1, end - piece.begin);
            return piece;
        }
        case 1: {
            const std::size_t open = text.find_first_of("{[", piece.begin);
            if (open == std::string_view::npos) break;
            return {.begin = open, .size = end_of_brackets(text, open) - open};
        }
        default:
            break;
    }
    constexpr std::array<std::size_t, 4> sizes{1, 4, 16, 300};
    piece.size = 1 + dice_.below(std::min(dice_.one_of(sizes), text.size() - piece.begin));
    return piece;
}

std::string Mutator::foreign_piece() {
    const std::string& other = dice_.one_of(corpus_);
    const Piece piece = piece_of(other);
    return other.substr(piece.begin, piece.size);
}

}  // namespace freshet::fuzz
