// Where the tokens of a JSON text begin: each bracket, colon, comma, string, number and word.
//
//     a text  ->  JsonTokens::read  ->  places, in their order
//
// This is the first half of what simdjson does. It sees many bytes at once, and all that is left to
// do is to go from token to token. It says nothing about whether the tokens make JSON.
//
// Invariants, once read() has taken a text
//   - It is UTF-8, each of its strings has its end, and none has a control character in it. So none
//     has a line's end in it: the tokens of a line are those that it would have as a text.
//   - Between a token's end and the next one's beginning stand blanks alone. So the last character
//     before the next token that is no blank is the token's last; of a string, its closing quote.
//
// Threads: belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace freshet::engine {

class JsonTokens {
public:
    JsonTokens();
    ~JsonTokens();
    JsonTokens(const JsonTokens&) = delete;
    JsonTokens& operator=(const JsonTokens&) = delete;

    // Whether it takes the text. It reads no byte beyond its end. A text without any token, or of
    // more bytes than bytes_max, is not taken.
    bool read(std::string_view text);

    // Of the text that was taken last; until the next one is read.
    [[nodiscard]] std::span<const std::uint32_t> places() const { return places_; }

    // Gives back what a long text needed.
    void shrink();

    static constexpr std::size_t bytes_max = 64U << 20U;

private:
    struct Scanner;
    std::unique_ptr<Scanner> scanner_;
    std::span<const std::uint32_t> places_;
};

}  // namespace freshet::engine
