#include "engine/text/json.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <utility>

#include "engine/text/json_fault.h"
#include "engine/text/json_grammar.h"
#include "engine/text/utf8.h"

namespace freshet::engine {

namespace ondemand = simdjson::ondemand;

namespace {

// How many bytes stand there before one that has to be looked at: a control character, a quote, a
// backslash, or one beyond ASCII. Eight at a time: up to seven more may be plain.
std::size_t plain_bytes(std::string_view text) {
    constexpr std::uint64_t each = 0x0101010101010101U;
    constexpr std::uint64_t high = each * 0x80U;
    const auto has_zero = [](std::uint64_t word) { return (word - each) & ~word & high; };
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        const std::uint64_t control = (word - each * 0x20U) & ~word & high;
        if (((word & high) | control | has_zero(word ^ each * '"') |
             has_zero(word ^ each * '\\')) != 0) {
            break;
        }
    }
    return at;
}

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

    // False if the text is not JSON; what is wrong with it is for json_fault() to find out.
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
        nodes_[index].begin_ = begin_of(source.raw_json_token());
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

    // Where the token stands; what is none is a fault that is found where it is read.
    [[nodiscard]] std::uint32_t begin_of(simdjson::simdjson_result<std::string_view> token) const {
        if (token.error() != simdjson::SUCCESS) return 0;
        return static_cast<std::uint32_t>(token.value_unsafe().data() - text_.data());
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

Result<JsonDocument> JsonDocument::parse(std::string body, std::uint64_t first_line) {
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

    const std::optional<std::string> fault = json_fault(text, first_line);
    return fail(Errc::malformed, fault.value_or(simdjson::error_message(error)));
}

std::size_t JsonDocument::bytes() const {
    return source_->bytes;
}

std::string_view JsonDocument::text_of(const JsonNode& node) const {
    const std::string_view text = source_->text().substr(node.begin_);
    return text.substr(0, length_of_value(text));
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
    while ((at += plain_bytes(text.substr(at))) < text.size()) {
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
