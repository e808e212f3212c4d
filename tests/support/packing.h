// Packs what tests send in a content coding, with the libraries that real clients use.
#pragma once

#include <string>
#include <string_view>

namespace freshet::support {

// One gzip member.
std::string packed_as_gzip(std::string_view text, int level = 6);
// What `deflate` means: in the form of zlib.
std::string packed_as_zlib(std::string_view text);
// What many clients send as `deflate`.
std::string packed_as_raw_deflate(std::string_view text);
// One zstd frame; its window has so many bits, if that is not 0.
std::string packed_as_zstd(std::string_view text, int window_bits = 0);

}  // namespace freshet::support
