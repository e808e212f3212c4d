// The bytes of an image while it is built, from their end to their beginning.
//
//     ImageBuilder  ->  ImageBuffer  ->  the bytes of an Image
//
// They are what FlatBuffers' own builder makes of the same calls, byte for byte: logs hold images
// that it has built. That builder must be ready for any schema; this one knows that there is only
// `Value` (schema.fbs), so it finds a table's layout and a name that it has written already without
// a search, and allocates nothing once it is large enough. tests/storage/image_bytes_test.cc holds
// the two against each other.
//
// Invariants
//   - What is written never moves, counted from the end.
//   - A name is there once, and so is a layout. Finding one costs at most the logarithm of how many
//     there are, whatever the names.
//
// Threads: a buffer belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace freshet::storage::internal {

class ImageBuffer {
public:
    // Where something begins, counted in bytes from the end; 0: nowhere.
    using Offset = std::uint32_t;

    // The fields of a `Value`. Those that are 0 are left out.
    struct Fields {
        Offset name = 0;
        std::uint8_t type = 0;
        Offset text = 0;
        bool truth = false;
        Offset elements = 0;
        Offset values = 0;
    };

    static constexpr std::size_t layouts = 128;  // six fields there or not, aligned or not

    Offset text(std::string_view text);
    // The same, but there once. Empty: nothing is written, and it is nowhere.
    Offset name(std::string_view name);
    // `offset_of(i)` is where the i-th of the elements begins.
    template <class OffsetOf>
    Offset vector(std::size_t count, OffsetOf offset_of) {
        Pen pen = pen_for((count + 2) * sizeof(Offset));
        pen.align();
        for (std::size_t i = count; i > 0; --i) pen.push_reference(offset_of(i - 1));
        pen.push(static_cast<Offset>(count));
        return size_ = pen.size;
    }
    Offset value(const Fields& fields);

    // Ends the image whose outermost value is `root`, and begins the next.
    std::string finish(Offset root);
    void clear();

    [[nodiscard]] Offset size() const { return size_; }
    [[nodiscard]] const char* at(Offset offset) const { return end_ - offset; }

private:
    // Of one image only: what is of another counts as nothing, so that nothing has to be cleared.
    struct KnownLayout {
        std::uint32_t image = 0;
        Offset offset = 0;
    };
    // The length and both ends of a name: all of it, if it has at most twice so many bytes.
    struct Ends {
        explicit Ends(std::string_view name);
        Ends() = default;
        bool operator==(const Ends&) const = default;

        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::uint64_t bytes = 0;
    };
    struct KnownName {
        Ends ends;
        std::uint32_t image = 0;
        Offset offset = 0;
    };

    // What is being written, apart from the buffer: the compiler knows that no byte that is written
    // changes it. There is room for what is pushed. Everything has an even number of bytes.
    struct Pen {
        char* end;
        std::uint32_t size;

        template <class Number>
        void push(Number number) {
            size += sizeof number;
            std::memcpy(end - size, &number, sizeof number);
        }
        void align() {
            if ((size & 2U) != 0) push(std::uint16_t{0});
        }
        void push_reference(Offset target) { push(size + Offset{sizeof target} - target); }
    };

    // With room for so many bytes.
    Pen pen_for(std::size_t bytes) {
        if (bytes > capacity_ - size_) grow(bytes);
        return {end_, size_};
    }
    void grow(std::size_t bytes);
    [[nodiscard]] std::string_view text_at(Offset offset) const;

    static constexpr std::size_t names_kept = 256;  // a power of two
    static constexpr std::size_t names_tried = 8;

    std::unique_ptr<char[]> bytes_;
    char* end_ = nullptr;
    std::size_t capacity_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t image_ = 1;
    std::array<KnownLayout, layouts> layouts_;
    std::array<KnownName, names_kept + names_tried> names_;
    // Those that found no place there, which never becomes free within an image.
    std::map<std::string, Offset, std::less<>> more_names_;
};

}  // namespace freshet::storage::internal
