// Reads images: objects of attributes, each an object of one type tag and the value. Or plain JSON,
// where a string is S, a number N with its digits, an array L and an object M.
//
//     RecordReader  ->  ImageReader::read(JsonNode)  ->  storage::Image
//                                 └───────────────────►  Faults
//
// Invariants
//   - An image that comes back has no fault, and at most image_values_max values.
//   - Texts of numbers and the order of sets are as they came; attributes are sorted by name.
//
// Threads: a reader belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/records/body_faults.h"
#include "engine/text/json.h"
#include "engine/values/decimal.h"
#include "engine/values/item_form.h"
#include "storage/image.h"

namespace freshet::engine {

class ImageReader {
public:
    // What comes from a source is taken as it is.
    enum class Taken : std::uint8_t { any, of_dynamodb };

    explicit ImageReader(Faults& faults, ItemForm form = ItemForm::typed, Taken taken = Taken::any)
        : faults_(faults), form_(form), taken_(taken) {}

    // Nothing if there is a fault in it. `place` is that of the image.
    std::optional<storage::Image> read(const JsonNode& image, const Place& place);

private:
    using Value = storage::ImageBuilder::Value;
    using MaybeValue = std::optional<Value>;  // nothing if there is a fault in it

    struct Attribute {
        std::string_view name;
        Value value;
    };

    MaybeValue refuse(const Place& place, std::string detail);
    MaybeValue value(const JsonNode& node, std::string_view name, const Place& place);
    MaybeValue plain_value(const JsonNode& node, std::string_view name, const Place& place);
    MaybeValue plain_number(const JsonNode& node, std::string_view name, const Place& place);
    MaybeValue content_of(storage::ValueType type, const JsonNode& content, std::string_view name,
                          const Place& place);
    MaybeValue string(const JsonNode& content, std::string_view name, const Place& place);
    MaybeValue number(const JsonNode& content, std::string_view name, const Place& place);
    MaybeValue binary(const JsonNode& content, std::string_view name, const Place& place);
    MaybeValue boolean(const JsonNode& content, std::string_view name, const Place& place);
    MaybeValue null(const JsonNode& content, std::string_view name, const Place& place);
    MaybeValue set(storage::ValueType type, const JsonNode& content, std::string_view name,
                   const Place& place);
    MaybeValue list(const JsonNode& content, std::string_view name, const Place& place);
    MaybeValue map(const JsonNode& content, std::string_view name, const Place& place);

    // Puts the attributes on top of attributes_, where `first` is to be their first one, and their
    // values, sorted by name, on top of values_. False if there is a fault in them.
    bool push_attributes(const JsonNode& node, const Place& place, std::size_t first);
    void sort_attributes(const Place& place, std::size_t first);
    bool is_string(const JsonNode& node, const Place& place);
    // Whether it is one that is taken; noted if not.
    bool is_taken(const Decimal& number, const JsonNode& node, const Place& place);
    std::optional<Decimal> decimal(const JsonNode& node, const Place& place);
    std::optional<std::string> bytes(const JsonNode& node, const Place& place);
    [[nodiscard]] std::span<const Value> values_from(std::size_t first) const;

    Faults& faults_;
    const ItemForm form_;
    const Taken taken_;
    storage::ImageBuilder builder_;
    std::size_t values_read_ = 0;  // of this image, on every level
    // Both are stacks: what is read within a value stands above what is read of the outer one.
    std::vector<Attribute> attributes_;
    std::vector<Value> values_;
};

}  // namespace freshet::engine
