// Decodes a body that came in a content coding, a bounded step at a time.
//
//     packed bytes  ->  decode()  ->  at most so many bytes  ->  decode() …  ->  end()
//
// A little that is packed may become a lot: its owner says how much it takes in a step, asks again
// for the rest, and counts.
//
// Invariants
//   - A step costs no more than the packed bytes it is offered and the bytes it may make.
//   - Memory: some 50 KiB for gzip and deflate. For zstd some 200 KiB and the window, which is at
//     most zstd_window_max (RFC 9659); memory() tells.
//   - What comes behind the end of a deflate stream is a fault. Behind that of a gzip member or a
//     zstd frame, another one may begin, and nothing else.
//
// Threads: belongs to one connection. zlib and libzstd stay in the source.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/messages/content_coding.h"
#include "storage/result.h"

namespace freshet::http {

inline constexpr std::size_t zstd_window_max = 8U << 20U;

class BodyDecoder {
public:
    static std::unique_ptr<BodyDecoder> of(ContentCoding coding);

    virtual ~BodyDecoder() = default;
    BodyDecoder(const BodyDecoder&) = delete;
    BodyDecoder& operator=(const BodyDecoder&) = delete;

    // Decodes some of `packed` onto the end of `out`, no more than `bytes_max`, and returns how
    // many packed bytes that took. The rest is to be offered again.
    //
    // Fails with malformed    if the bytes are not of the coding;
    //            too_large    if a zstd window is larger than zstd_window_max;
    //            unavailable  if there is no memory.
    virtual Result<std::size_t> decode(std::string_view packed, std::size_t bytes_max,
                                       std::string& out) = 0;

    // Whether there may be more to decode of what was taken already.
    [[nodiscard]] virtual bool holds_back() const = 0;

    // Says that nothing more comes. Fails with malformed  if the coding is not at an end.
    [[nodiscard]] virtual Result<void> end() const = 0;

    // How much memory it takes by now.
    [[nodiscard]] virtual std::size_t memory() const = 0;

protected:
    BodyDecoder() = default;
};

}  // namespace freshet::http
