// How what is on disk is compressed: by the block, in the files of the log and the state.
//
// Each block says how it is compressed, so whatever a file was written with can be read: files of
// one database may differ, and a folder may be opened with another value each time.
#pragma once

#include <cstdint>

namespace freshet::storage {

enum class Compression : std::uint8_t {
    none,
    lz4,
    zstd,
};

}  // namespace freshet::storage
