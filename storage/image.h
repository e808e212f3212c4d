// The attributes of an item at one moment: how they are built, kept and read.
//
//     ImageBuilder  ->  Image (owns the bytes)  ->  ImageView / ValueView (borrow them)
//
// An image is encoded once, where it enters the process, and from then on copied as bytes: into
// the log record, into the item's row, and out again. The encoding is FlatBuffers (schema.fbs);
// nobody outside storage/ sees a generated type.
//
// Invariants
//   - Attributes of an image and of a map are sorted by name and each name is there once.
//   - Numbers are the exact decimal text that came in; sets keep the order they came in.
//   - A value under construction belongs to one image and is used before that is finished.
//
// Threads: values; a builder belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace freshet::storage {

// Attributes and elements of lists in one image, on every level. Reading verifies at most a million
// tables inside a record (the verifier's own limit for nested buffers): an image with more would be
// written and never read again.
inline constexpr std::size_t image_values_max = 500'000;

// DynamoDB's ten attribute types: S, N, B, BOOL, NULL, SS, NS, BS, L, M.
enum class ValueType : std::uint8_t {
    string,
    number,
    binary,
    boolean,
    null,
    string_set,
    number_set,
    binary_set,
    list,
    map,
};

// One attribute value, read in place. Cheap to copy; valid as long as the bytes it looks into.
class ValueView {
public:
    [[nodiscard]] ValueType type() const;

    // The attribute's name; empty for an element of a list and for an image itself.
    [[nodiscard]] std::string_view name() const;

    // A string's text, a number's decimal text, a binary's bytes.
    [[nodiscard]] std::string_view text() const;

    // A boolean's truth.
    [[nodiscard]] bool truth() const;

    // How many elements a set or list, or attributes a map has; 0 for any other type.
    [[nodiscard]] std::size_t size() const;

    // The index-th element of a set, in the order it came.
    [[nodiscard]] std::string_view element(std::size_t index) const;

    // The index-th element of a list, or attribute of a map in the order of names.
    [[nodiscard]] ValueView at(std::size_t index) const;

    // The attribute of that name in a map; nothing for any other type.
    [[nodiscard]] std::optional<ValueView> find(std::string_view attribute) const;

protected:
    friend class Image;
    explicit ValueView(const void* value) : value_(value) {}

private:
    const void* value_;  // a generated fb::Value, or nullptr for an image without attributes
};

// Whether two values are the same to the letter: types, names, number texts, order of sets.
bool identical(ValueView a, ValueView b);

// The order of names in an image and in a map: that of their bytes. Most differ in the first one.
inline bool name_is_before(std::string_view name, std::string_view other) {
    if (name.empty() || other.empty() || name.front() == other.front()) return name < other;
    return static_cast<unsigned char>(name.front()) < static_cast<unsigned char>(other.front());
}

// A whole image, a map of attributes, read in place.
class ImageView : public ValueView {
public:
    // Trusts `bytes`: they are those of an Image, or were verified as part of a record or item.
    explicit ImageView(std::string_view bytes);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }

private:
    std::string_view bytes_;
};

class Image {
public:
    // Fails with corrupt  if `bytes` are not an image.
    static Result<Image> from_bytes(std::string bytes);

    // Copies what is seen.
    explicit Image(ImageView view) : bytes_(view.bytes()) {}

    [[nodiscard]] ImageView view() const { return ImageView(bytes_); }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

    bool operator==(const Image&) const = default;  // of the bytes

private:
    friend class ImageBuilder;
    explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}

    std::string bytes_;
};

// Builds images, one after the other, inner values before the ones that hold them:
//
//     auto size = builder.scalar(ValueType::string, "size", "large");
//     auto pizza = builder.map("", {size});           // an element of a list has no name
//     auto items = builder.list("items", {pizza});
//     Image image = builder.finish({items});
class ImageBuilder {
public:
    // A value under construction. Used at most once, before the builder's next finish().
    struct Value {
        std::uint32_t offset;
    };

    ImageBuilder();
    ~ImageBuilder();
    ImageBuilder(const ImageBuilder&) = delete;
    ImageBuilder& operator=(const ImageBuilder&) = delete;

    // `type` is string, number or binary. That a number's text is a decimal is the caller's care.
    Value scalar(ValueType type, std::string_view name, std::string_view text);
    Value boolean(std::string_view name, bool truth);
    Value null(std::string_view name);
    // `type` is one of the three sets.
    Value set(ValueType type, std::string_view name, std::span<const std::string_view> elements);
    Value list(std::string_view name, std::span<const Value> elements);
    // `attributes` are sorted by name (bytewise), each name once.
    Value map(std::string_view name, std::span<const Value> attributes);

    // A copy of a value that is read elsewhere, under the same name or another.
    Value copy(ValueView value);
    Value copy(ValueView value, std::string_view name);

    // Ends the image, of attributes sorted as in map(), and makes the builder ready for the next.
    Image finish(std::span<const Value> attributes);
    // Likewise, of copies of what the disk gave back: their order is the disk's word.
    Image finish_copies(std::span<const Value> attributes);

    // Drops what was built since the last finish().
    void clear();

private:
    Value copied_map(std::string_view name, std::span<const Value> attributes);

    struct Buffer;
    std::unique_ptr<Buffer> buffer_;
};

}  // namespace freshet::storage
