#include "tools/line_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace freshet::tools {

namespace {

constexpr std::size_t read_bytes = 256U << 10U;

std::string reason() {
    return std::generic_category().message(errno);
}

// The members of a gzip file, one after the other.
class Unpacker {
public:
    Unpacker() {
        constexpr int gzip_only = 16 + MAX_WBITS;
        usable_ = inflateInit2(&stream_, gzip_only) == Z_OK;
    }
    ~Unpacker() { inflateEnd(&stream_); }
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    // Gives it more to unpack, which must live until it is wanted() again.
    void give(std::string_view packed) {
        // zlib does not write to its input; its interface is older than const.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream_.avail_in = static_cast<uInt>(packed.size());
    }
    [[nodiscard]] bool wanted() const { return stream_.avail_in == 0 && !holds_back_; }

    // Unpacks a chunk of what was given onto the end of `out`: a little input may become a lot.
    // Fails with corrupt  if it is not gzip.
    Result<void> unpack_some(std::string& out);

    // Between members, or before the first: where a file may end.
    [[nodiscard]] bool at_end() const { return at_end_; }

private:
    bool skip_padding();

    z_stream stream_{};
    std::vector<char> chunk_ = std::vector<char>(read_bytes);
    bool usable_ = false;
    bool holds_back_ = false;  // the chunk was too small for all
    bool at_end_ = true;
};

Result<void> Unpacker::unpack_some(std::string& out) {
    if (!usable_) return fail(Errc::io, "there is no memory to unpack it");
    if (at_end_ && !skip_padding()) return {};
    at_end_ = false;
    stream_.next_out = reinterpret_cast<Bytef*>(chunk_.data());
    stream_.avail_out = static_cast<uInt>(chunk_.size());
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    out.append(chunk_.data(), chunk_.size() - stream_.avail_out);
    holds_back_ = stream_.avail_out == 0;
    if (outcome == Z_STREAM_END) {
        inflateReset(&stream_);
        holds_back_ = false;
        at_end_ = true;
        return {};
    }
    // Z_BUF_ERROR: it needs more input, which is to come.
    if (outcome == Z_OK || outcome == Z_BUF_ERROR) return {};
    return fail(Errc::corrupt, std::string("its gzip data is damaged (") +
                                   (stream_.msg != nullptr ? stream_.msg : "unexpected bytes") +
                                   ")");
}

// Skips the zeros that tapes and some tools leave behind a member. False if nothing else is there.
bool Unpacker::skip_padding() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
    }
    return stream_.avail_in > 0;
}

}  // namespace

class LineSource::Parts {
public:
    Parts(int file, std::string name) : file_(file), name_(std::move(name)) {
        struct stat status {};
        if (fstat(file_, &status) == 0 && S_ISREG(status.st_mode)) {
            bytes_total_ = static_cast<std::uint64_t>(status.st_size);
        }
        received_.resize(read_bytes);
    }
    ~Parts() {
        if (file_ != STDIN_FILENO) close(file_);
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    Result<std::optional<Piece>> next();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
    [[nodiscard]] std::optional<std::uint64_t> bytes_total() const { return bytes_total_; }

private:
    Result<void> fill();
    Result<void> read_some();
    void take(std::string_view bytes);
    void take_end();
    [[nodiscard]] bool unpacking() const { return unpacker_ && !unpacker_->wanted(); }
    [[nodiscard]] bool more_is_there() const;
    [[nodiscard]] std::size_t piece_end() const;
    [[nodiscard]] tl::unexpected<Error> fault(Errc code, const std::string& what) const {
        return fail(code, name_ + ": " + what);
    }

    int file_;
    std::string name_;
    std::uint64_t bytes_read_ = 0;
    std::optional<std::uint64_t> bytes_total_;

    std::string received_;  // room for one read, and for what is being unpacked
    std::string start_;     // the first bytes, until it is known what they are
    bool kind_known_ = false;
    std::unique_ptr<Unpacker> unpacker_;  // of a gzip file
    std::string lines_;                   // unpacked; the pieces are cut from its front
    std::size_t handed_out_ = 0;          // of lines_
    std::size_t line_end_ = 0;            // of the last whole line in lines_; 0: there is none
    std::uint64_t next_line_ = 1;
    bool ended_ = false;
    std::optional<Error> truncated_;
};

// Whether fill() would not have to wait.
bool LineSource::Parts::more_is_there() const {
    if (unpacking()) return true;
    pollfd wanted{.fd = file_, .events = POLLIN, .revents = 0};
    return poll(&wanted, 1, 0) > 0;
}

// Makes lines_ longer by what one read, or one chunk of unpacking, brings.
Result<void> LineSource::Parts::fill() {
    const std::size_t size_before = lines_.size();
    if (!unpacking()) {
        if (auto read = read_some(); !read) return read;
    }
    if (unpacking()) {
        auto unpacked = unpacker_->unpack_some(lines_);
        if (!unpacked) return fault(unpacked.error().code, unpacked.error().message);
    }
    const std::size_t feed = std::string_view(lines_).substr(size_before).rfind('\n');
    if (feed != std::string_view::npos) line_end_ = size_before + feed + 1;
    const bool endless = line_end_ == 0 && lines_.size() > line_bytes_max;
    if (!endless) return {};
    return fault(Errc::too_large, "line " + std::to_string(next_line_) + " is longer than " +
                                      std::to_string(line_bytes_max >> 20U) + " MiB");
}

Result<void> LineSource::Parts::read_some() {
    ssize_t count = -1;
    do {
        count = ::read(file_, received_.data(), received_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return fault(Errc::io, "cannot be read: " + reason());
    bytes_read_ += static_cast<std::uint64_t>(count);
    if (count == 0) {
        take_end();
    } else {
        take({received_.data(), static_cast<std::size_t>(count)});
    }
    return {};
}

void LineSource::Parts::take(std::string_view bytes) {
    if (kind_known_) {
        if (unpacker_) {
            unpacker_->give(bytes);
        } else {
            lines_ += bytes;
        }
        return;
    }
    constexpr std::string_view gzip_mark = "\x1f\x8b";
    start_ += bytes;
    if (start_.size() < gzip_mark.size() && gzip_mark.starts_with(start_)) return;
    kind_known_ = true;
    if (start_.starts_with(gzip_mark)) unpacker_ = std::make_unique<Unpacker>();
    take(start_);
}

void LineSource::Parts::take_end() {
    ended_ = true;
    if (unpacker_ && !unpacker_->at_end()) {
        truncated_ = Error{Errc::corrupt, name_ + ": its gzip data ends too early; is it whole?"};
        return;
    }
    if (!kind_known_) lines_ += start_;
    // The last line may lack its end; on the wire each has one.
    if (!lines_.empty() && lines_.back() != '\n') lines_ += '\n';
}

// Where the piece at the front ends: the last whole line within the bound, or else the first.
std::size_t LineSource::Parts::piece_end() const {
    if (line_end_ <= piece_bytes_max) return line_end_;
    const std::size_t last = std::string_view(lines_).substr(0, piece_bytes_max).rfind('\n');
    return (last != std::string_view::npos ? last : lines_.find('\n', piece_bytes_max)) + 1;
}

Result<std::optional<Piece>> LineSource::Parts::next() {
    lines_.erase(0, handed_out_);
    line_end_ -= handed_out_;
    handed_out_ = 0;
    const auto wants_more = [this] {
        if (line_end_ == 0) return true;
        return lines_.size() < piece_bytes_max && more_is_there();
    };
    while (!ended_ && wants_more()) {
        if (auto filled = fill(); !filled) return fail(filled.error());
    }
    if (line_end_ == 0) {
        if (truncated_) return fail(*truncated_);
        return std::nullopt;
    }
    handed_out_ = piece_end();
    Piece piece{.text = std::string_view(lines_).substr(0, handed_out_), .first_line = next_line_};
    piece.lines =
        static_cast<std::uint64_t>(std::count(piece.text.begin(), piece.text.end(), '\n'));
    next_line_ += piece.lines;
    return piece;
}

LineSource::LineSource(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LineSource::LineSource(LineSource&&) noexcept = default;
LineSource& LineSource::operator=(LineSource&&) noexcept = default;
LineSource::~LineSource() = default;

Result<LineSource> LineSource::open(const std::string& path) {
    if (path == "-") return LineSource(std::make_unique<Parts>(STDIN_FILENO, "stdin"));
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail(Errc::io, path + " cannot be opened: " + reason());
    return LineSource(std::make_unique<Parts>(file, path));
}

Result<std::optional<Piece>> LineSource::next() {
    return parts_->next();
}

const std::string& LineSource::name() const {
    return parts_->name();
}

std::uint64_t LineSource::bytes_read() const {
    return parts_->bytes_read();
}

std::optional<std::uint64_t> LineSource::bytes_total() const {
    return parts_->bytes_total();
}

}  // namespace freshet::tools
