#include "storage/internal/image_buffer.h"

#include <algorithm>

namespace freshet::storage::internal {
namespace {

constexpr std::size_t capacity_min = 4'096;
constexpr std::size_t capacity_kept = 64U << 10U;  // for the next image
constexpr std::size_t value_bytes_max = 48;  // the largest table, its layout, what aligns them

// The fields of a `Value` as bits of a table's kind, in the order in which its layout names them.
constexpr std::uint32_t name_bit = 1;
constexpr std::uint32_t type_bit = 2;
constexpr std::uint32_t text_bit = 4;
constexpr std::uint32_t truth_bit = 8;
constexpr std::uint32_t elements_bit = 16;
constexpr std::uint32_t values_bit = 32;
constexpr std::uint32_t reference_bits = name_bit | text_bit | elements_bit | values_bit;
constexpr std::uint32_t byte_bits = type_bit | truth_bit;
// It begins where the buffer has an odd number of half words.
constexpr std::uint32_t unaligned_bit = 64;

std::uint32_t kind_of(const ImageBuffer::Fields& fields, std::uint32_t start) {
    const auto bit_if = [](bool is_there, std::uint32_t bit) { return is_there ? bit : 0U; };
    return bit_if(fields.name != 0, name_bit) | bit_if(fields.type != 0, type_bit) |
           bit_if(fields.text != 0, text_bit) | bit_if(fields.truth, truth_bit) |
           bit_if(fields.elements != 0, elements_bit) | bit_if(fields.values != 0, values_bit) |
           (start & 2U) * (unaligned_bit / 2);
}

// How a table of a kind is laid out, as FlatBuffers says it: the bytes of this and of the table,
// and how far each field is from the table's beginning, up to the last that is there.
struct Layout {
    std::array<std::uint16_t, 8> words{};
};

constexpr Layout layout_of(std::uint32_t kind) {
    const std::uint32_t start = (kind & unaligned_bit) != 0 ? 2 : 0;
    std::uint32_t size = start;
    if ((kind & reference_bits) != 0) size = (size + 3U) & ~3U;
    std::array<std::uint32_t, 6> ends{};  // of each field, counted as offsets are; 0: not there
    // Largest fields first, and of those the last one.
    for (const std::size_t field : {5U, 4U, 2U, 0U}) {
        if ((kind >> field & 1U) != 0) ends[field] = size += 4;
    }
    for (const std::size_t field : {3U, 1U}) {
        if ((kind >> field & 1U) != 0) ends[field] = size += 1;
    }
    const std::uint32_t table = ((size + 3U) & ~3U) + 4;
    Layout layout;
    std::size_t words = 2;
    for (std::size_t field = 0; field < ends.size(); ++field) {
        if (ends[field] == 0) continue;
        words = field + 3;
        layout.words[words - 1] = static_cast<std::uint16_t>(table - ends[field]);
    }
    layout.words[0] = static_cast<std::uint16_t>(words * sizeof layout.words[0]);
    layout.words[1] = static_cast<std::uint16_t>(table - start);
    return layout;
}

constexpr auto all_layouts = [] {
    std::array<Layout, ImageBuffer::layouts> all;
    for (std::uint32_t kind = 0; kind < all.size(); ++kind) all[kind] = layout_of(kind);
    return all;
}();

// Most are short, and a call of memcpy() takes longer than to copy them.
void copy(char* to, std::string_view text) {
    const std::size_t bytes = text.size();
    const auto copy_ends = [&](auto word) {
        auto other = word;
        std::memcpy(&word, text.data(), sizeof word);
        std::memcpy(&other, text.data() + bytes - sizeof other, sizeof other);
        std::memcpy(to, &word, sizeof word);
        std::memcpy(to + bytes - sizeof other, &other, sizeof other);
    };
    if (bytes > 2 * sizeof(std::uint64_t)) {
        std::memcpy(to, text.data(), bytes);
    } else if (bytes >= sizeof(std::uint64_t)) {
        copy_ends(std::uint64_t{0});
    } else if (bytes >= sizeof(std::uint32_t)) {
        copy_ends(std::uint32_t{0});
    } else {
        for (std::size_t i = 0; i < bytes; ++i) to[i] = text[i];
    }
}

}  // namespace

ImageBuffer::Ends::Ends(std::string_view name) : bytes(name.size()) {
    const auto read_ends = [&](auto word) {
        std::memcpy(&word, name.data(), sizeof word);
        first = word;
        std::memcpy(&word, name.data() + name.size() - sizeof word, sizeof word);
        last = word;
    };
    if (name.size() >= sizeof(std::uint64_t)) {
        read_ends(std::uint64_t{0});
    } else if (name.size() >= sizeof(std::uint32_t)) {
        read_ends(std::uint32_t{0});
    } else {
        for (const char c : name) first = first << 8U | static_cast<unsigned char>(c);
    }
}

ImageBuffer::Offset ImageBuffer::text(std::string_view text) {
    Pen pen = pen_for(text.size() + 3 * sizeof(Offset));
    const auto bytes = static_cast<std::uint32_t>(text.size());
    // Its end, and what aligns it.
    const std::uint32_t whole = ((pen.size + bytes + 1 + 3) & ~3U) - pen.size;
    if (whole >= sizeof(Offset)) {
        const Offset zeros = 0;
        std::memcpy(pen.end - pen.size - sizeof zeros, &zeros, sizeof zeros);
    } else {
        std::memset(pen.end - pen.size - whole, 0, whole);
    }
    pen.size += whole;
    copy(pen.end - pen.size, text);
    pen.push(bytes);
    return size_ = pen.size;
}

// The hash is cheap rather than good: names that share a place cost a few comparisons at most.
ImageBuffer::Offset ImageBuffer::name(std::string_view name) {
    if (name.empty()) return 0;
    const Ends ends(name);
    const std::uint64_t mixed =
        (ends.first * 0x9E3779B97F4A7C15U ^ ends.last ^ ends.bytes) * 0xC2B2AE3D27D4EB4FU;
    KnownName* known = &names_[mixed >> 32U & (names_kept - 1)];
    for (std::size_t tried = 0; tried < names_tried; ++tried, ++known) {
        if (known->image != image_) {
            *known = {.ends = ends, .image = image_, .offset = text(name)};
            return known->offset;
        }
        const bool is_same =
            known->ends == ends &&
            (name.size() <= sizeof ends.first + sizeof ends.last || text_at(known->offset) == name);
        if (is_same) return known->offset;
    }
    if (const auto found = more_names_.find(name); found != more_names_.end()) {
        return found->second;
    }
    return more_names_.emplace(name, text(name)).first->second;
}

ImageBuffer::Offset ImageBuffer::value(const Fields& fields) {
    const std::uint32_t kind = kind_of(fields, size_);
    const Layout& form = all_layouts[kind];
    Pen pen = pen_for(value_bytes_max);
    if ((kind & reference_bits) != 0) pen.align();
    if (fields.values != 0) pen.push_reference(fields.values);
    if (fields.elements != 0) pen.push_reference(fields.elements);
    if (fields.text != 0) pen.push_reference(fields.text);
    if (fields.name != 0) pen.push_reference(fields.name);
    if ((kind & byte_bits) != 0) {
        char* last = pen.end - pen.size;
        if ((pen.size & 2U) != 0) {
            pen.push(std::uint16_t{0});
        } else {
            pen.push(std::uint32_t{0});
        }
        if (fields.truth) *--last = 1;
        if (fields.type != 0) *--last = static_cast<char>(fields.type);
    }
    pen.align();
    const Offset table = pen.size + Offset{sizeof table};
    KnownLayout& known = layouts_[kind];
    const bool is_new = known.image != image_;
    if (is_new) known = {.image = image_, .offset = table + form.words[0]};
    pen.push(known.offset - table);  // as a signed number
    if (is_new) {
        pen.size += form.words[0];
        std::memcpy(pen.end - pen.size, form.words.data(), form.words[0]);
    }
    size_ = pen.size;
    return table;
}

std::string ImageBuffer::finish(Offset root) {
    Pen pen = pen_for(2 * sizeof(Offset));
    pen.align();
    pen.push_reference(root);
    std::string bytes(pen.end - pen.size, pen.size);
    clear();
    return bytes;
}

void ImageBuffer::clear() {
    size_ = 0;
    more_names_.clear();
    if (capacity_ > capacity_kept) {
        bytes_.reset();
        end_ = nullptr;
        capacity_ = 0;
    }
    if (++image_ != 0) return;
    layouts_ = {};
    names_ = {};
    image_ = 1;
}

std::string_view ImageBuffer::text_at(Offset offset) const {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, at(offset), sizeof bytes);
    return {at(offset) + sizeof bytes, bytes};
}

void ImageBuffer::grow(std::size_t bytes) {
    // Its end is a multiple of what an image is aligned to: names are read while it is built.
    constexpr std::size_t alignment = 8;
    const std::size_t wanted = std::max({capacity_min, 2 * capacity_, size_ + bytes});
    const std::size_t capacity = (wanted + alignment - 1) / alignment * alignment;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    char* const end = larger.get() + capacity;
    if (size_ > 0) std::memcpy(end - size_, end_ - size_, size_);
    bytes_ = std::move(larger);
    end_ = end;
    capacity_ = capacity;
}

}  // namespace freshet::storage::internal
