#include "storage/image.h"

#include <algorithm>
#include <vector>

#include "storage/internal/bytes.h"
#include "storage/invariant.h"
#include "storage/schema_generated.h"

namespace freshet::storage {
namespace {

const fb::Value& value_at(const void* value) {
    return *static_cast<const fb::Value*>(value);
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

struct ImageBuilder::Buffer {
    flatbuffers::FlatBufferBuilder builder{1'024};
    std::vector<flatbuffers::Offset<fb::Value>> values;           // scratch of list() and map()
    std::vector<flatbuffers::Offset<flatbuffers::String>> texts;  // scratch of set()

    // Names repeat from map to map of a list, so each is in the bytes once.
    flatbuffers::Offset<flatbuffers::String> name_of(std::string_view name) {
        if (name.empty()) return 0;
        return builder.CreateSharedString(name.data(), name.size());
    }

    flatbuffers::Offset<fb::Value> values_of(flatbuffers::Offset<flatbuffers::String> name,
                                             fb::ValueType type, std::span<const Value> members) {
        gather(members);
        const auto members_at = builder.CreateVector(values);
        return fb::CreateValue(builder, name, type, 0, false, 0, members_at);
    }

    void gather(std::span<const Value> members) {
        values.clear();
        for (const Value member : members) {
            invariant(0 < member.offset && member.offset <= builder.GetSize(),
                      "a value belongs to the image that is being built");
            values.emplace_back(member.offset);
        }
    }

    // Lookups and differences of images rely on the order. There it cannot be checked: they see
    // bytes from the disk as well.
    void check_names(std::span<const Value> attributes) {
        gather(attributes);
        std::string_view last;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::string_view name =
                internal::characters(flatbuffers::GetTemporaryPointer(builder, values[i])->name());
            invariant(i == 0 || last < name, "attributes are sorted by name, each name once");
            last = name;
        }
    }
};

ImageBuilder::ImageBuilder() : buffer_(std::make_unique<Buffer>()) {}
ImageBuilder::~ImageBuilder() = default;

ImageBuilder::Value ImageBuilder::scalar(ValueType type, std::string_view name,
                                         std::string_view text) {
    invariant(type <= ValueType::binary, "a scalar is a string, a number or a binary");
    const auto name_at = buffer_->name_of(name);
    const auto text_at = buffer_->builder.CreateString(text.data(), text.size());
    return {
        fb::CreateValue(buffer_->builder, name_at, static_cast<fb::ValueType>(type), text_at).o};
}

ImageBuilder::Value ImageBuilder::boolean(std::string_view name, bool truth) {
    const auto name_at = buffer_->name_of(name);
    return {fb::CreateValue(buffer_->builder, name_at, fb::ValueType::BOOL, 0, truth).o};
}

ImageBuilder::Value ImageBuilder::null(std::string_view name) {
    const auto name_at = buffer_->name_of(name);
    return {fb::CreateValue(buffer_->builder, name_at, fb::ValueType::NUL).o};
}

ImageBuilder::Value ImageBuilder::set(ValueType type, std::string_view name,
                                      std::span<const std::string_view> elements) {
    invariant(ValueType::string_set <= type && type <= ValueType::binary_set,
              "a set is of strings, numbers or binaries");
    const auto name_at = buffer_->name_of(name);
    buffer_->texts.clear();
    for (const std::string_view element : elements) {
        buffer_->texts.push_back(buffer_->builder.CreateString(element.data(), element.size()));
    }
    const auto elements_at = buffer_->builder.CreateVector(buffer_->texts);
    return {fb::CreateValue(buffer_->builder, name_at, static_cast<fb::ValueType>(type), 0, false,
                            elements_at)
                .o};
}

ImageBuilder::Value ImageBuilder::list(std::string_view name, std::span<const Value> elements) {
    const auto name_at = buffer_->name_of(name);
    return {buffer_->values_of(name_at, fb::ValueType::L, elements).o};
}

ImageBuilder::Value ImageBuilder::map(std::string_view name, std::span<const Value> attributes) {
    buffer_->check_names(attributes);
    return copied_map(name, attributes);
}

ImageBuilder::Value ImageBuilder::copied_map(std::string_view name,
                                             std::span<const Value> attributes) {
    const auto name_at = buffer_->name_of(name);
    return {buffer_->values_of(name_at, fb::ValueType::M, attributes).o};
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
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Finish(buffer_->values_of(0, fb::ValueType::M, attributes));
    std::string bytes(internal::bytes_of(builder));
    builder.Clear();
    return Image(std::move(bytes));
}

void ImageBuilder::clear() {
    buffer_->builder.Clear();
}

}  // namespace freshet::storage
