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

// A builder that keeps its buffer from one use to the next, unless that has grown beyond what most
// need.
class KeptBuilder {
public:
    // Empty. What was built before is gone.
    flatbuffers::FlatBufferBuilder& begin() {
        builder_.Clear();
        return builder_;
    }
    // What was built has been copied. Returns whether the buffer was too large to be kept.
    bool end() {
        constexpr flatbuffers::uoffset_t bytes_kept = 64U << 10U;
        if (builder_.GetSize() <= bytes_kept) return false;
        builder_.Reset();
        return true;
    }

private:
    flatbuffers::FlatBufferBuilder builder_;
};

// Deep enough for the deepest JSON that is taken, twice over; as many values as 8 MiB can hold.
inline flatbuffers::Verifier verifier_for(std::string_view bytes) {
    constexpr flatbuffers::uoffset_t depth_max = 256;
    constexpr flatbuffers::uoffset_t tables_max = 8U << 20U;
    return {octets(bytes), bytes.size(), depth_max, tables_max};
}

}  // namespace freshet::storage::internal
