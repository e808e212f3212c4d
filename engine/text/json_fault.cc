#include "engine/text/json_fault.h"

#include <algorithm>
#include <cstddef>

#include "engine/text/json.h"
#include "engine/text/json_grammar.h"
#include "engine/text/utf8.h"

namespace freshet::engine {
namespace {

constexpr std::size_t quoted_bytes_max = 40;  // of the body, in one message

// What may belong to a number or to a literal, right or wrong.
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '-' || c == '.' || c == '_';
}

class FaultFinder {
public:
    FaultFinder(std::string_view text, std::uint64_t first_line)
        : text_(text), first_line_(first_line) {}

    std::optional<std::string> find() {
        skip_space();
        if (ended()) return "the body is empty";
        if (!value(0) || rest_is_space()) return fault_;
        const bool another = text_[at_] == '{' || text_[at_] == '[';
        wrong("found " + found() + " after the document's end" +
              (another ? ": send several documents one by one, as an array, or as lines (NDJSON)"
                       : ""));
        return fault_;
    }

private:
    bool value(std::size_t depth) {
        if (ended()) return wrong("the text ends where a value is expected");
        switch (text_[at_]) {
            case '{':
                return object(depth + 1);
            case '[':
                return array(depth + 1);
            case '"':
                return string();
            default:
                return word();
        }
    }

    bool object(std::size_t depth) {
        if (depth > json_depth_max) return too_deep();
        if (opens_empty('}')) return true;
        while (true) {
            skip_space();
            if (ended()) return wrong("the text ends inside an object");
            if (text_[at_] != '"') {
                return wrong("found " + found() + ", expected a member's name in double quotes");
            }
            if (!string()) return false;
            skip_space();
            if (ended()) return wrong("the text ends inside an object");
            if (text_[at_] != ':') {
                return wrong("found " + found() + ", expected ':' after a member's name");
            }
            ++at_;
            skip_space();
            if (ended()) return wrong("the text ends inside an object");
            if (!value(depth)) return false;
            skip_space();
            if (ended()) return wrong("the text ends inside an object");
            const char next = text_[at_];
            if (next != ',' && next != '}') {
                return wrong("found " + found() + ", expected ',' or '}' inside an object");
            }
            ++at_;
            if (next == '}') return true;
        }
    }

    bool array(std::size_t depth) {
        if (depth > json_depth_max) return too_deep();
        if (opens_empty(']')) return true;
        while (true) {
            skip_space();
            if (ended()) return wrong("the text ends inside an array");
            if (!value(depth)) return false;
            skip_space();
            if (ended()) return wrong("the text ends inside an array");
            const char next = text_[at_];
            if (next != ',' && next != ']') {
                return wrong("found " + found() + ", expected ',' or ']' inside an array");
            }
            ++at_;
            if (next == ']') return true;
        }
    }

    // Goes past the opening bracket, and past the closing one if that follows.
    bool opens_empty(char closing) {
        ++at_;
        skip_space();
        if (ended() || text_[at_] != closing) return false;
        ++at_;
        return true;
    }

    bool string() {
        ++at_;
        while (!ended() && text_[at_] != '"') {
            if (!character()) return false;
        }
        if (ended()) return wrong("the text ends inside a string");
        ++at_;
        return true;
    }

    bool character() {
        const auto byte = static_cast<unsigned char>(text_[at_]);
        if (byte < 0x20) return wrong(found() + " must be escaped inside a string");
        const bool escape = byte == '\\';
        const std::string_view rest = text_.substr(at_);
        const std::size_t bytes = escape ? escape_bytes(rest) : character_bytes(rest);
        if (bytes > 0) {
            at_ += bytes;
            return true;
        }
        if (!escape) return wrong(found() + " is not UTF-8");
        return wrong_escape();
    }

    bool wrong_escape() {
        const std::string_view rest = text_.substr(at_);
        if (escaped_unit(rest)) {
            return wrong("`" + std::string(rest.substr(0, 6)) + "` is half of a surrogate pair");
        }
        const bool is_unit = rest.size() > 1 && rest[1] == 'u';
        const std::size_t bytes = is_unit ? 6 : 2;
        if (rest.size() < bytes) {
            at_ = text_.size();
            return wrong("the text ends inside a string");
        }
        if (is_unit) return wrong("`\\u` must be followed by four hexadecimal digits");
        return wrong("a backslash must be followed by one of \" \\ / b f n r t u");
    }

    // A number or a literal.
    bool word() {
        std::size_t end = at_;
        while (end < text_.size() && is_word(text_[end])) ++end;
        const std::string_view word = text_.substr(at_, end - at_);
        if (word.empty()) return wrong("found " + found() + ", expected a value");

        const bool numeric = is_digit(word[0]) || word[0] == '-';
        const bool right =
            numeric ? is_number(word) : word == "true" || word == "false" || word == "null";
        if (!right) {
            const std::string quoted = "`" + std::string(word.substr(0, quoted_bytes_max)) + "`";
            return wrong(numeric ? quoted + " is not a number in JSON"
                                 : "found " + quoted + ", expected a value");
        }
        at_ = end;
        return true;
    }

    bool too_deep() {
        return wrong("more than " + std::to_string(json_depth_max) +
                     " levels of arrays and objects");
    }

    bool wrong(const std::string& what) {
        const std::string_view before = text_.substr(0, at_);
        const auto lines = std::count(before.begin(), before.end(), '\n');
        const std::uint64_t line = first_line_ + static_cast<std::uint64_t>(lines);
        // In characters, as editors count: bytes that continue one do not.
        const auto column =
            1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(before.rfind('\n') + 1),
                              before.end(), [](char c) { return (c & 0xC0) != 0x80; });
        fault_ =
            "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what;
        return false;
    }

    // What stands here, for a message.
    [[nodiscard]] std::string found() const {
        const auto byte = static_cast<unsigned char>(text_[at_]);
        if (byte > 0x20 && byte < 0x7F) return {'\'', text_[at_], '\''};
        if (text_.substr(at_).starts_with("\xEF\xBB\xBF")) return "a byte order mark";
        constexpr std::string_view digits = "0123456789ABCDEF";
        return std::string("the byte 0x") + digits[byte >> 4U] + digits[byte & 15U];
    }

    bool rest_is_space() {
        skip_space();
        return ended();
    }
    void skip_space() {
        while (!ended() && is_space(text_[at_])) ++at_;
    }
    [[nodiscard]] bool ended() const { return at_ == text_.size(); }

    std::string_view text_;
    std::uint64_t first_line_;
    std::size_t at_ = 0;
    std::optional<std::string> fault_;
};

}  // namespace

std::optional<std::string> json_fault(std::string_view text, std::uint64_t first_line) {
    return FaultFinder(text, first_line).find();
}

}  // namespace freshet::engine
