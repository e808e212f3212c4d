#include "engine/json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

namespace freshet::engine {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t quoted_bytes_max = 40;  // of the body, in one message

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// What may belong to a number or to a literal, right or wrong.
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '-' || c == '.' || c == '_';
}

std::size_t digits_from(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - at;
}

// RFC 8259, section 6.
bool is_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_from(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;

    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_from(text, at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }

    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = digits_from(text, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == text.size();
}

// How many bytes the first character of `text` has in UTF-8; 0 if it is not UTF-8.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const auto follows = [&](std::size_t index, unsigned first = 0x80, unsigned last = 0xBF) {
        return index < text.size() && byte(index) >= first && byte(index) <= last;
    };

    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    // Of the longer forms some second bytes are out: they would make a shorter character, half of
    // a surrogate pair, or more than U+10FFFF.
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool second = follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
        return second && follows(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool second = follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
        return second && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

// The code unit of an escape sequence such as \u00e9 at the start of `text`; nothing if there is
// none.
std::optional<unsigned> escaped_unit(std::string_view text) {
    constexpr std::size_t length = 6;
    if (text.size() < length || text[0] != '\\' || text[1] != 'u') return std::nullopt;
    unsigned unit = 0;
    for (const char c : text.substr(2, length - 2)) {
        const char lower = static_cast<char>(c | 0x20);
        if (is_digit(c)) {
            unit = unit << 4U | static_cast<unsigned>(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit << 4U | static_cast<unsigned>(lower - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return unit;
}

// How many bytes the escape sequence at the start of `text` has; 0 if it is none. That of a
// surrogate pair has both halves.
std::size_t escape_bytes(std::string_view text) {
    constexpr std::string_view simple = "\"\\/bfnrt";
    if (text.size() > 1 && simple.find(text[1]) != std::string_view::npos) return 2;

    const std::optional<unsigned> unit = escaped_unit(text);
    if (!unit) return 0;
    if (*unit < 0xD800 || *unit > 0xDFFF) return 6;
    if (*unit > 0xDBFF) return 0;
    const std::optional<unsigned> low = escaped_unit(text.substr(6));
    return low && *low >= 0xDC00 && *low <= 0xDFFF ? 12 : 0;
}

// Says what is wrong with a text that is not JSON, and where. simdjson tells only that something
// is, often without a place; so the text is read a second time, slowly, up to the first fault.
class FaultFinder {
public:
    explicit FaultFinder(std::string_view text) : text_(text) {}

    // "line 1, column 17: the text ends inside an object"; nothing if the text is JSON.
    std::optional<std::string> find() {
        skip_space();
        if (ended()) return "the body is empty";
        if (value(0) && !rest_is_space()) wrong("found " + found() + " after the document's end");
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
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
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
    std::size_t at_ = 0;
    std::optional<std::string> fault_;
};

}  // namespace

// The body, with the padding that simdjson reads beyond its end. The padding is zeros: read as a
// token they are a fault, so that a text that ends early cannot go on there.
struct JsonDocument::Source {
    explicit Source(std::string text) : body(std::move(text)), bytes(body.size()) {
        body.append(simdjson::SIMDJSON_PADDING, '\0');
    }

    [[nodiscard]] std::string_view text() const { return {body.data(), bytes}; }

    std::string body;
    std::size_t bytes;
    ondemand::parser parser;
};

// Turns simdjson's document, which can be gone through once and forwards, into nodes.
class JsonReader {
public:
    JsonReader(std::string_view text, std::vector<JsonNode>& nodes) : text_(text), nodes_(nodes) {}

    // False if the text is not JSON; what is wrong with it is for the FaultFinder to find out.
    bool read(ondemand::document& document) {
        if (!read_value(document, {}, 0)) return false;
        const JsonType type = nodes_.front().type();
        if (type == JsonType::object || type == JsonType::array) {
            return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
        }
        std::string_view token;
        if (document.raw_json_token().get(token) != simdjson::SUCCESS) return false;
        return token.data() + token.size() == text_.data() + text_.size();
    }

private:
    // `source` is the document or a value in it: simdjson has different classes for the two, since
    // a document must also be whole at its end.
    template <class Source>
    bool read_value(Source& source, std::string_view name, std::size_t depth) {
        ondemand::json_type type;
        if (source.type().get(type) != simdjson::SUCCESS) return false;
        const std::size_t index = nodes_.size();
        nodes_.emplace_back().name_ = name;
        switch (type) {
            case ondemand::json_type::object:
                return depth < json_depth_max && read_object(source.get_object(), index, depth + 1);
            case ondemand::json_type::array:
                return depth < json_depth_max && read_array(source.get_array(), index, depth + 1);
            case ondemand::json_type::string:
                nodes_[index].type_ = JsonType::string;
                return read_text(source.get_raw_json_string(), nodes_[index].text_,
                                 [&] { return source.get_string(); });
            default:
                return read_word(source.raw_json_token(), nodes_[index]);
        }
    }

    bool read_object(simdjson::simdjson_result<ondemand::object> object, std::size_t index,
                     std::size_t depth) {
        nodes_[index].type_ = JsonType::object;
        if (object.error() != simdjson::SUCCESS) return false;
        std::size_t previous = index;
        for (auto member : object) {
            if (member.error() != simdjson::SUCCESS) return false;
            ondemand::field field = member.value_unsafe();
            std::string_view name;
            if (!read_text(field.key(), name, [&] { return field.unescaped_key(); })) return false;
            link(index, previous);
            if (!read_value(field.value(), name, depth)) return false;
        }
        return true;
    }

    bool read_array(simdjson::simdjson_result<ondemand::array> array, std::size_t index,
                    std::size_t depth) {
        nodes_[index].type_ = JsonType::array;
        if (array.error() != simdjson::SUCCESS) return false;
        std::size_t previous = index;
        for (auto element : array) {
            if (element.error() != simdjson::SUCCESS) return false;
            ondemand::value value = element.value_unsafe();
            link(index, previous);
            if (!read_value(value, {}, depth)) return false;
        }
        return true;
    }

    // Counts the child that the next node will be, and lets its elder sibling point at it.
    void link(std::size_t parent, std::size_t& previous) {
        const std::size_t child = nodes_.size();
        if (previous != parent) {
            nodes_[previous].next_ = static_cast<std::uint32_t>(child - previous);
        }
        ++nodes_[parent].size_;
        previous = child;
    }

    // A string without escape sequences is seen where it stands; others simdjson writes out.
    template <class Unescape>
    bool read_text(simdjson::simdjson_result<ondemand::raw_json_string> raw, std::string_view& text,
                   Unescape unescape) {
        if (raw.error() != simdjson::SUCCESS) return false;
        const auto at = static_cast<std::size_t>(raw.value_unsafe().raw() - text_.data());
        const std::string_view rest = text_.substr(at);
        text = rest.substr(0, rest.find('"'));
        if (text.find('\\') == std::string_view::npos) return true;

        return unescape().get(text) == simdjson::SUCCESS;
    }

    static bool read_word(simdjson::simdjson_result<std::string_view> token, JsonNode& node) {
        if (token.error() != simdjson::SUCCESS) return false;
        std::string_view word = token.value_unsafe();
        while (!word.empty() && is_space(word.back())) word.remove_suffix(1);
        if (word == "null") return true;
        if (word == "true" || word == "false") {
            node.type_ = JsonType::boolean;
            node.truth_ = word == "true";
            return true;
        }
        node.type_ = JsonType::number;
        node.text_ = word;
        return is_number(word);
    }

    std::string_view text_;
    std::vector<JsonNode>& nodes_;
};

std::string_view name_of(JsonType type) {
    switch (type) {
        case JsonType::null:
            return "null";
        case JsonType::boolean:
            return "a boolean";
        case JsonType::number:
            return "a number";
        case JsonType::string:
            return "a string";
        case JsonType::array:
            return "an array";
        case JsonType::object:
            return "an object";
    }
    return "";
}

JsonNode::Iterator JsonNode::begin() const {
    return Iterator(size_ == 0 ? nullptr : this + 1);
}

const JsonNode* JsonNode::find(std::string_view name) const {
    if (type_ != JsonType::object) return nullptr;
    for (const JsonNode& member : *this) {
        if (member.name() == name) return &member;
    }
    return nullptr;
}

JsonDocument::JsonDocument(std::unique_ptr<Source> source) : source_(std::move(source)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::parse(std::string body) {
    JsonDocument document(std::make_unique<Source>(std::move(body)));
    const std::string_view text = document.source_->text();
    const std::string& padded = document.source_->body;
    // About what a record in DynamoDB's JSON has, where nodes are dense.
    constexpr std::size_t bytes_per_node = 12;
    document.nodes_.reserve(text.size() / bytes_per_node + 1);

    ondemand::document read_once;
    const simdjson::error_code error =
        document.source_->parser.iterate(simdjson::padded_string_view(text, padded.size()))
            .get(read_once);
    if (error == simdjson::SUCCESS && JsonReader(text, document.nodes_).read(read_once)) {
        return document;
    }

    const std::optional<std::string> fault = FaultFinder(text).find();
    return fail(Errc::malformed, fault.value_or(simdjson::error_message(error)));
}

std::size_t JsonDocument::bytes() const {
    return source_->bytes;
}

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view replacement = "\xEF\xBF\xBD";

    out += '"';
    std::size_t written = 0;  // what stands before is in `out`
    std::size_t at = 0;
    const auto replace = [&](std::initializer_list<std::string_view> parts) {
        out += text.substr(written, at - written);
        for (const std::string_view part : parts) out += part;
        written = ++at;
    };
    while (at < text.size()) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x80) {
            const std::size_t bytes = character_bytes(text.substr(at));
            if (bytes == 0) {
                replace({replacement});
            } else {
                at += bytes;
            }
        } else if (byte == '"' || byte == '\\') {
            replace({"\\", text.substr(at, 1)});
        } else if (byte == '\n') {
            replace({"\\n"});
        } else if (byte == '\r') {
            replace({"\\r"});
        } else if (byte == '\t') {
            replace({"\\t"});
        } else if (byte < 0x20) {
            replace({"\\u00", digits.substr(byte >> 4U, 1), digits.substr(byte & 15U, 1)});
        } else {
            ++at;
        }
    }
    out += text.substr(written);
    out += '"';
}

void append_json(std::string& out, const JsonNode& node) {
    switch (node.type()) {
        case JsonType::null:
            out += "null";
            return;
        case JsonType::boolean:
            out += node.truth() ? "true" : "false";
            return;
        case JsonType::number:
            out += node.text();
            return;
        case JsonType::string:
            append_json_string(out, node.text());
            return;
        case JsonType::array:
        case JsonType::object:
            break;
    }

    const bool is_object = node.is(JsonType::object);
    out += is_object ? '{' : '[';
    const std::size_t start = out.size();
    for (const JsonNode& child : node) {
        if (out.size() > start) out += ',';
        if (is_object) {
            append_json_string(out, child.name());
            out += ':';
        }
        append_json(out, child);
    }
    out += is_object ? '}' : ']';
}

void append_pointer(std::string& pointer, std::string_view name) {
    pointer += '/';
    for (const char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

}  // namespace freshet::engine
