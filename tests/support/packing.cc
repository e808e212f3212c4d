#include "tests/support/packing.h"

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <stdexcept>

namespace freshet::support {

namespace {

std::string deflated(std::string_view text, int level, int form) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, form, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib does not begin");
    }
    std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int outcome = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (outcome != Z_STREAM_END) throw std::runtime_error("zlib does not end");
    return packed;
}

}  // namespace

std::string packed_as_gzip(std::string_view text, int level) {
    return deflated(text, level, 16 + MAX_WBITS);
}

std::string packed_as_zlib(std::string_view text) {
    return deflated(text, 6, MAX_WBITS);
}

std::string packed_as_raw_deflate(std::string_view text) {
    return deflated(text, 6, -MAX_WBITS);
}

std::string packed_as_zstd(std::string_view text, int window_bits) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    if (window_bits > 0) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_bits);
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    }
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    ZSTD_outBuffer out{packed.data(), packed.size(), 0};
    // In two steps where the window is told: one that knows the size would make it smaller.
    if (window_bits > 0) ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
    const std::size_t left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    if (left != 0) throw std::runtime_error("zstd does not end");
    packed.resize(out.pos);
    return packed;
}

}  // namespace freshet::support
