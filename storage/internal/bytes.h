// FlatBuffers' bytes to and from views of characters.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <string_view>

namespace freshet::storage::internal {

inline const std::uint8_t* octets(std::string_view bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

inline std::string_view characters(const flatbuffers::Vector<std::uint8_t>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Empty for a string that is not there.
inline std::string_view characters(const flatbuffers::String* text) {
    return text == nullptr ? std::string_view{} : std::string_view(text->c_str(), text->size());
}

inline std::string_view bytes_of(const flatbuffers::FlatBufferBuilder& builder) {
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

// Deep enough for the deepest JSON that is taken, twice over; as many values as 8 MiB can hold.
inline flatbuffers::Verifier verifier_for(std::string_view bytes) {
    constexpr flatbuffers::uoffset_t depth_max = 256;
    constexpr flatbuffers::uoffset_t tables_max = 8U << 20U;
    return {octets(bytes), bytes.size(), depth_max, tables_max};
}

}  // namespace freshet::storage::internal
