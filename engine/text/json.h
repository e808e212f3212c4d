// A JSON document as a tree of views into it.
//
// Separates what JSON is (here) from what it means (dynamodb_json.h): parsing accepts exactly
// RFC 8259 within a bound on depth, checks everything before anything is used, and keeps the
// digits of numbers. Reading is over simdjson's on-demand parser.
//
// Threads: a document belongs to one thread; its nodes live as long as it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/result.h"

namespace freshet::engine {

// DynamoDB allows 32 levels of attributes, which count about 70 inside a Lambda event.
inline constexpr std::size_t json_depth_max = 96;

enum class JsonType : std::uint8_t { null, boolean, number, string, array, object };

// "null", "a string", "an object": for messages.
std::string_view name_of(JsonType type);

// One value of a document.
class JsonNode {
public:
    [[nodiscard]] JsonType type() const { return type_; }
    [[nodiscard]] bool is(JsonType type) const { return type_ == type; }

    // The member's name, unescaped; empty for an element of an array and for the document.
    [[nodiscard]] std::string_view name() const { return name_; }
    // A string, unescaped; a number's digits as they stand in the document.
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] bool truth() const { return truth_; }
    [[nodiscard]] std::size_t size() const { return size_; }  // of an array or object

    // The members or elements in their order, for range-for.
    class Iterator {
    public:
        explicit Iterator(const JsonNode* node) : node_(node) {}
        // Never called on end(); the analyzer does not see the comparison that a range-for makes.
        // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn)
        const JsonNode& operator*() const { return *node_; }
        Iterator& operator++() {
            node_ = node_->next();
            return *this;
        }
        bool operator==(const Iterator&) const = default;

    private:
        const JsonNode* node_;
    };
    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] static Iterator end() { return Iterator(nullptr); }

    // The first member of that name; null if there is none or this is no object.
    [[nodiscard]] const JsonNode* find(std::string_view name) const;

private:
    friend class JsonDocument;
    friend class JsonReader;
    [[nodiscard]] const JsonNode* next() const { return next_ == 0 ? nullptr : this + next_; }

    std::string_view name_;
    std::string_view text_;
    std::uint32_t size_ = 0;
    std::uint32_t next_ = 0;   // distance to the next sibling in the document's nodes; 0: none
    std::uint32_t begin_ = 0;  // of its text in the document
    JsonType type_ = JsonType::null;
    bool truth_ = false;
};

class JsonDocument {
public:
    // Fails with malformed  if `body` is not JSON; the message names line, column and what is
    // wrong there. Also for more than json_depth_max levels. `first_line` is the number of the
    // body's first line.
    static Result<JsonDocument> parse(std::string body, std::uint64_t first_line = 1);

    JsonDocument(JsonDocument&&) noexcept;
    JsonDocument& operator=(JsonDocument&&) noexcept;
    ~JsonDocument();

    [[nodiscard]] const JsonNode& root() const { return nodes_.front(); }
    [[nodiscard]] std::size_t bytes() const;

    // The node, which is the document's, as it stands there, without what is around it.
    [[nodiscard]] std::string_view text_of(const JsonNode& node) const;

private:
    struct Source;  // the padded body and simdjson's parser, which holds the unescaped strings
    explicit JsonDocument(std::unique_ptr<Source> source);

    std::unique_ptr<Source> source_;
    std::vector<JsonNode> nodes_;  // in document order: a container's first child follows it
};

// Writes `text` as a JSON string, quotes included. Escapes what RFC 8259 requires and nothing
// else; replaces bytes that are no UTF-8 by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Writes the node as compact JSON.
void append_json(std::string& out, const JsonNode& node);

// Appends one token of a JSON Pointer: '/' and `name` with '~' and '/' escaped.
void append_pointer(std::string& pointer, std::string_view name);

}  // namespace freshet::engine
