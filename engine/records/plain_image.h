// Reads an image from the tokens of a text: an object of attributes, each an object of one type tag
// and the value.
//
//     TokenWalk  ->  PlainImage::read  ->  storage::Image
//
// It is to ImageReader what PlainReader is to RecordReader: it gives up where something is not
// plain, and otherwise makes the same bytes, by the same calls of the builder in the same order.
//
// Threads: belongs to one thread. What it works with belongs to the thread and is used again.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/records/token_walk.h"
#include "storage/image.h"

namespace freshet::engine {

class PlainImage {
public:
    explicit PlainImage(TokenWalk& walk);

    // False if it gives up. The next image may be read all the same.
    bool read(std::optional<storage::Image>& image);

    // Gives back what a large image needed.
    void end();

private:
    using Value = storage::ImageBuilder::Value;
    struct Scratch;

    bool read_value(std::string_view name, std::size_t depth, Value& value);
    bool read_content(std::string_view tag, std::string_view name, std::size_t depth, Value& value);
    bool read_pair(std::string_view tag, std::string_view text, std::string_view name,
                   Value& value);
    bool read_binary(std::string_view text);
    bool read_boolean(std::string_view name, Value& value);
    bool read_null(std::string_view name, Value& value);
    bool read_set(storage::ValueType type, std::string_view name, Value& value);
    bool read_element(storage::ValueType type);
    bool has_repeated_element(storage::ValueType type);
    bool read_list(std::string_view name, std::size_t depth, Value& value);
    bool read_map(std::string_view name, std::size_t depth, Value& value);
    bool push_attributes(std::size_t depth);

    static Scratch& scratch_of_thread();

    TokenWalk& walk_;
    Scratch& scratch_;
    std::size_t values_read_ = 0;  // of this image, on every level
};

}  // namespace freshet::engine
