#include "http/messages/body_decoder.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "engine/text/enum_words.h"

namespace freshet::http {

namespace {

std::string of_body(ContentCoding coding) {
    return "the " + std::string(engine::word_of(coding)) + " body ";
}

tl::unexpected<Error> damaged(ContentCoding coding, const std::string& why) {
    return fail(Errc::malformed, of_body(coding) + "is damaged: " + why);
}

tl::unexpected<Error> trailing(ContentCoding coding) {
    return fail(Errc::malformed, of_body(coding) + "has other bytes behind its end");
}

Result<void> cut_short(ContentCoding coding) {
    return fail(Errc::malformed, of_body(coding) + "ends too early; was it cut?");
}

tl::unexpected<Error> no_memory(ContentCoding coding) {
    return fail(Errc::unavailable, "there is no memory to decode " + of_body(coding));
}

class Inflater final : public BodyDecoder {
public:
    explicit Inflater(ContentCoding coding) : coding_(coding) {}
    ~Inflater() override {
        if (begun_) inflateEnd(&stream_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    Result<std::size_t> decode(std::string_view packed, std::size_t bytes_max,
                               std::string& out) override;
    [[nodiscard]] bool holds_back() const override { return holds_back_; }
    [[nodiscard]] Result<void> end() const override {
        if (members_ > 0 && !inside_) return {};
        return cut_short(coding_);
    }
    [[nodiscard]] std::size_t memory() const override { return begun_ ? inflate_bytes : 0; }

private:
    // As zlib.h says: 7 KiB and the window of 32 KiB, each in a block of its own.
    static constexpr std::size_t inflate_bytes = 48U << 10U;

    Result<void> run();
    Result<void> enter();

    const ContentCoding coding_;
    z_stream stream_{};
    bool begun_ = false;       // stream_ is
    bool inside_ = false;      // of a member, or of the stream that deflate is
    std::size_t members_ = 0;  // that have ended
    bool holds_back_ = false;
};

Result<std::size_t> Inflater::decode(std::string_view packed, std::size_t bytes_max,
                                     std::string& out) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    const std::size_t offered = std::min(packed.size(), most);
    const std::size_t room = std::min(bytes_max, most);
    const std::size_t before = out.size();
    out.resize(before + room);
    // zlib does not write to its input; its interface is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(offered);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(room);
    const auto done = run();
    out.resize(before + room - stream_.avail_out);
    holds_back_ = inside_ && stream_.avail_out == 0;
    if (!done) return fail(done.error());
    return offered - stream_.avail_in;
}

Result<void> Inflater::run() {
    while (inside_ || stream_.avail_in > 0) {
        if (!inside_) {
            if (auto entered = enter(); !entered) return entered;
        }
        switch (inflate(&stream_, Z_NO_FLUSH)) {
            case Z_STREAM_END:
                inside_ = false;
                ++members_;
                break;
            case Z_OK:
            case Z_BUF_ERROR:  // it needs more, or more room
                if (stream_.avail_in == 0 || stream_.avail_out == 0) return {};
                break;
            case Z_MEM_ERROR:
                return no_memory(coding_);
            case Z_NEED_DICT:
                return damaged(coding_, "it needs a dictionary, and there is none");
            default:
                if (members_ > 0) return trailing(coding_);
                return damaged(coding_, stream_.msg != nullptr ? stream_.msg : "unexpected bytes");
        }
    }
    return {};
}

// Begins what the next byte is of.
Result<void> Inflater::enter() {
    if (coding_ == ContentCoding::deflate && members_ > 0) return trailing(coding_);
    constexpr int gzip_form = 16 + MAX_WBITS;
    // Of zlib's form, four bits of the first byte say `deflate`. They would begin a stored block
    // that nobody writes.
    const bool zlib_form = (*stream_.next_in & 0x0fU) == Z_DEFLATED;
    const int deflate_form = zlib_form ? MAX_WBITS : -MAX_WBITS;
    const int form = coding_ == ContentCoding::gzip ? gzip_form : deflate_form;
    const int outcome = begun_ ? inflateReset(&stream_) : inflateInit2(&stream_, form);
    if (outcome != Z_OK) return no_memory(coding_);
    begun_ = true;
    inside_ = true;
    return {};
}

class ZstdReader final : public BodyDecoder {
public:
    ~ZstdReader() override { ZSTD_freeDCtx(context_); }
    ZstdReader() = default;
    ZstdReader(const ZstdReader&) = delete;
    ZstdReader& operator=(const ZstdReader&) = delete;

    Result<std::size_t> decode(std::string_view packed, std::size_t bytes_max,
                               std::string& out) override;
    [[nodiscard]] bool holds_back() const override { return holds_back_; }
    [[nodiscard]] Result<void> end() const override {
        if (frames_ > 0 && !inside_ && mark_bytes_ == 0) return {};
        return cut_short(ContentCoding::zstd);
    }
    [[nodiscard]] std::size_t memory() const override { return ZSTD_sizeof_DCtx(context_); }

private:
    Result<void> run(ZSTD_inBuffer& in, ZSTD_outBuffer& out);
    Result<void> enter(ZSTD_inBuffer& in, ZSTD_outBuffer& out);
    Result<void> step(ZSTD_inBuffer& in, ZSTD_outBuffer& out);
    [[nodiscard]] tl::unexpected<Error> fault(std::size_t outcome) const;

    ZSTD_DCtx* context_ = nullptr;
    std::array<unsigned char, 4> mark_{};  // that a frame begins with
    std::size_t mark_bytes_ = 0;           // of it that have come, before a frame
    bool inside_ = false;                  // of a frame
    std::size_t frames_ = 0;               // that have ended
    bool holds_back_ = false;
};

Result<std::size_t> ZstdReader::decode(std::string_view packed, std::size_t bytes_max,
                                       std::string& out) {
    if (context_ == nullptr) {
        context_ = ZSTD_createDCtx();
        if (context_ == nullptr) return no_memory(ContentCoding::zstd);
        constexpr int window_log = std::countr_zero(zstd_window_max);
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, window_log);
    }
    const std::size_t before = out.size();
    out.resize(before + bytes_max);
    ZSTD_inBuffer from{packed.data(), packed.size(), 0};
    ZSTD_outBuffer to{out.data() + before, bytes_max, 0};
    const auto done = run(from, to);
    out.resize(before + to.pos);
    holds_back_ = inside_ && to.pos == to.size;
    if (!done) return fail(done.error());
    return from.pos;
}

Result<void> ZstdReader::run(ZSTD_inBuffer& in, ZSTD_outBuffer& out) {
    while (in.pos < in.size || inside_) {
        const std::size_t in_before = in.pos;
        const std::size_t out_before = out.pos;
        if (auto done = inside_ ? step(in, out) : enter(in, out); !done) return done;
        if (out.pos == out.size) return {};
        if (in.pos == in_before && out.pos == out_before) return {};
    }
    return {};
}

// Looks at the mark of a frame first: the library also reads forms that came before RFC 8878.
Result<void> ZstdReader::enter(ZSTD_inBuffer& in, ZSTD_outBuffer& out) {
    const auto* const bytes = static_cast<const unsigned char*>(in.src);
    while (mark_bytes_ < mark_.size() && in.pos < in.size) mark_[mark_bytes_++] = bytes[in.pos++];
    if (mark_bytes_ < mark_.size()) return {};
    constexpr unsigned skipped_kinds = 0x0f;
    unsigned mark = 0;
    for (std::size_t i = mark_.size(); i-- > 0;) mark = mark << 8U | mark_[i];
    const bool known =
        mark == ZSTD_MAGICNUMBER || (mark & ~skipped_kinds) == ZSTD_MAGIC_SKIPPABLE_START;
    if (!known && frames_ > 0) return trailing(ContentCoding::zstd);
    if (!known) return damaged(ContentCoding::zstd, "it does not begin with a frame");
    inside_ = true;
    mark_bytes_ = 0;
    ZSTD_inBuffer begin{mark_.data(), mark_.size(), 0};
    return step(begin, out);
}

Result<void> ZstdReader::step(ZSTD_inBuffer& in, ZSTD_outBuffer& out) {
    const std::size_t outcome = ZSTD_decompressStream(context_, &out, &in);
    if (ZSTD_isError(outcome) != 0) return fault(outcome);
    if (outcome > 0) return {};
    inside_ = false;
    ++frames_;
    return {};
}

tl::unexpected<Error> ZstdReader::fault(std::size_t outcome) const {
    switch (ZSTD_getErrorCode(outcome)) {
        case ZSTD_error_memory_allocation:
            return no_memory(ContentCoding::zstd);
        case ZSTD_error_frameParameter_windowTooLarge:
            return fail(Errc::too_large,
                        "the zstd body needs a window of more than 8 MiB to decode: compress it "
                        "with a smaller one, such as zstd -19 without --ultra and --long");
        default:
            return damaged(ContentCoding::zstd, ZSTD_getErrorName(outcome));
    }
}

}  // namespace

std::unique_ptr<BodyDecoder> BodyDecoder::of(ContentCoding coding) {
    if (coding == ContentCoding::zstd) return std::make_unique<ZstdReader>();
    return std::make_unique<Inflater>(coding);
}

}  // namespace freshet::http
