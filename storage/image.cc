#include "storage/image.h"

#include <algorithm>
#include <vector>

#include "storage/internal/bytes.h"
#include "storage/internal/image_buffer.h"
#include "storage/invariant.h"
#include "storage/schema_generated.h"

namespace freshet::storage {
namespace {

using Offset = internal::ImageBuffer::Offset;

const fb::Value& value_at(const void* value) {
    return *static_cast<const fb::Value*>(value);
}

constexpr std::uint8_t code_of(ValueType type) {
    return static_cast<std::uint8_t>(type);
}

}  // namespace

ValueType ValueView::type() const {
    return value_ == nullptr ? ValueType::map : static_cast<ValueType>(value_at(value_).type());
}

std::string_view ValueView::name() const {
    return value_ == nullptr ? std::string_view{} : internal::characters(value_at(value_).name());
}

std::string_view ValueView::text() const {
    return value_ == nullptr ? std::string_view{} : internal::characters(value_at(value_).text());
}

bool ValueView::truth() const {
    return value_ != nullptr && value_at(value_).truth();
}

std::size_t ValueView::size() const {
    if (value_ == nullptr) return 0;
    const fb::Value& value = value_at(value_);
    switch (type()) {
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            return value.elements() == nullptr ? 0 : value.elements()->size();
        case ValueType::list:
        case ValueType::map:
            return value.values() == nullptr ? 0 : value.values()->size();
        default:
            return 0;
    }
}

std::string_view ValueView::element(std::size_t index) const {
    return internal::characters(
        value_at(value_).elements()->Get(static_cast<flatbuffers::uoffset_t>(index)));
}

ValueView ValueView::at(std::size_t index) const {
    return ValueView(value_at(value_).values()->Get(static_cast<flatbuffers::uoffset_t>(index)));
}

std::optional<ValueView> ValueView::find(std::string_view attribute) const {
    if (type() != ValueType::map) return std::nullopt;
    std::size_t first = 0;
    std::size_t last = size();
    while (first < last) {
        const std::size_t middle = first + (last - first) / 2;
        const ValueView candidate = at(middle);
        const int order = candidate.name().compare(attribute);
        if (order == 0) return candidate;
        if (order < 0) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return std::nullopt;
}

bool identical(ValueView a, ValueView b) {
    if (a.type() != b.type() || a.name() != b.name() || a.size() != b.size()) return false;
    switch (a.type()) {
        case ValueType::string:
        case ValueType::number:
        case ValueType::binary:
            return a.text() == b.text();
        case ValueType::boolean:
            return a.truth() == b.truth();
        case ValueType::null:
            return true;
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            for (std::size_t i = 0; i < a.size(); ++i) {
                if (a.element(i) != b.element(i)) return false;
            }
            return true;
        case ValueType::list:
        case ValueType::map:
            for (std::size_t i = 0; i < a.size(); ++i) {
                if (!identical(a.at(i), b.at(i))) return false;
            }
            return true;
    }
    return false;
}

ImageView::ImageView(std::string_view bytes)
    : ValueView(bytes.empty() ? nullptr : flatbuffers::GetRoot<fb::Value>(bytes.data())),
      bytes_(bytes) {}

Result<Image> Image::from_bytes(std::string bytes) {
    flatbuffers::Verifier verifier = internal::verifier_for(bytes);
    if (!verifier.VerifyBuffer<fb::Value>(nullptr)) {
        return fail(Errc::corrupt, "the bytes are not those of an image");
    }
    return Image(std::move(bytes));
}

// What a builder writes into, and what it checks of it.
struct ImageBuilder::Buffer {
    internal::ImageBuffer bytes;
    std::vector<Offset> texts;  // scratch of set()

    Value value(const internal::ImageBuffer::Fields& fields) { return {bytes.value(fields)}; }

    Value values(std::string_view name, ValueType type, std::span<const Value> members) {
        const Offset name_at = bytes.name(name);
        const Offset members_at = bytes.vector(members.size(), [&](std::size_t i) {
            check(members[i]);
            return members[i].offset;
        });
        return value({.name = name_at, .type = code_of(type), .values = members_at});
    }

    void check(Value value) const {
        invariant(0 < value.offset && value.offset <= bytes.size(),
                  "a value belongs to the image that is being built");
    }

    // Lookups and differences of images rely on the order. There it cannot be checked: they see
    // bytes from the disk as well.
    void check_names(std::span<const Value> attributes) const {
        std::string_view last;
        for (std::size_t i = 0; i < attributes.size(); ++i) {
            check(attributes[i]);
            const std::string_view name =
                internal::characters(value_at(bytes.at(attributes[i].offset)).name());
            invariant(i == 0 || name_is_before(last, name),
                      "attributes are sorted by name, each name once");
            last = name;
        }
    }
};

ImageBuilder::ImageBuilder() : buffer_(std::make_unique<Buffer>()) {}
ImageBuilder::~ImageBuilder() = default;

ImageBuilder::Value ImageBuilder::scalar(ValueType type, std::string_view name,
                                         std::string_view text) {
    invariant(type <= ValueType::binary, "a scalar is a string, a number or a binary");
    const Offset name_at = buffer_->bytes.name(name);
    const Offset text_at = buffer_->bytes.text(text);
    return buffer_->value({.name = name_at, .type = code_of(type), .text = text_at});
}

ImageBuilder::Value ImageBuilder::boolean(std::string_view name, bool truth) {
    const Offset name_at = buffer_->bytes.name(name);
    return buffer_->value({.name = name_at, .type = code_of(ValueType::boolean), .truth = truth});
}

ImageBuilder::Value ImageBuilder::null(std::string_view name) {
    const Offset name_at = buffer_->bytes.name(name);
    return buffer_->value({.name = name_at, .type = code_of(ValueType::null)});
}

ImageBuilder::Value ImageBuilder::set(ValueType type, std::string_view name,
                                      std::span<const std::string_view> elements) {
    invariant(ValueType::string_set <= type && type <= ValueType::binary_set,
              "a set is of strings, numbers or binaries");
    const Offset name_at = buffer_->bytes.name(name);
    std::vector<Offset>& texts = buffer_->texts;
    texts.clear();
    for (const std::string_view element : elements) texts.push_back(buffer_->bytes.text(element));
    const Offset elements_at =
        buffer_->bytes.vector(texts.size(), [&](std::size_t i) { return texts[i]; });
    return buffer_->value({.name = name_at, .type = code_of(type), .elements = elements_at});
}

ImageBuilder::Value ImageBuilder::list(std::string_view name, std::span<const Value> elements) {
    return buffer_->values(name, ValueType::list, elements);
}

ImageBuilder::Value ImageBuilder::map(std::string_view name, std::span<const Value> attributes) {
    buffer_->check_names(attributes);
    return copied_map(name, attributes);
}

ImageBuilder::Value ImageBuilder::copied_map(std::string_view name,
                                             std::span<const Value> attributes) {
    return buffer_->values(name, ValueType::map, attributes);
}

ImageBuilder::Value ImageBuilder::copy(ValueView value) {
    return copy(value, value.name());
}

ImageBuilder::Value ImageBuilder::copy(ValueView value, std::string_view name) {
    switch (value.type()) {
        case ValueType::string:
        case ValueType::number:
        case ValueType::binary:
            return scalar(value.type(), name, value.text());
        case ValueType::boolean:
            return boolean(name, value.truth());
        case ValueType::null:
            return null(name);
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set: {
            std::vector<std::string_view> elements;
            for (std::size_t i = 0; i < value.size(); ++i) elements.push_back(value.element(i));
            return set(value.type(), name, elements);
        }
        case ValueType::list:
        case ValueType::map:
            break;
    }
    std::vector<Value> members;
    for (std::size_t i = 0; i < value.size(); ++i) members.push_back(copy(value.at(i)));
    return value.type() == ValueType::list ? list(name, members) : copied_map(name, members);
}

Image ImageBuilder::finish(std::span<const Value> attributes) {
    buffer_->check_names(attributes);
    return finish_copies(attributes);
}

Image ImageBuilder::finish_copies(std::span<const Value> attributes) {
    const Value root = buffer_->values({}, ValueType::map, attributes);
    return Image(buffer_->bytes.finish(root.offset));
}

void ImageBuilder::clear() {
    buffer_->bytes.clear();
}

}  // namespace freshet::storage
