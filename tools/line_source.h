// The lines of a file or of standard input, in pieces of whole lines.
//
// A file that begins as gzip does is unpacked on the way, all of its members. One piece is in
// memory at a time, whatever the size of the file. A piece ends early when there is nothing more to
// read at once, so that what comes through a live pipe goes on without delay.
//
// Threads: a source belongs to one thread. zlib stays in the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace freshet::tools {

inline constexpr std::size_t piece_bytes_max = 4U << 20U;  // a longer line is a piece of its own
inline constexpr std::size_t line_bytes_max = 256U << 20U;

struct Piece {
    std::string_view text;  // whole lines, each with its end; until the next piece is asked for
    std::uint64_t first_line = 1;  // its number, from 1
    std::uint64_t lines = 0;
};

class LineSource {
public:
    // `path` is a file, or `-` for standard input.
    // Fails with io  if it cannot be read.
    static Result<LineSource> open(const std::string& path);

    LineSource(LineSource&&) noexcept;
    LineSource& operator=(LineSource&&) noexcept;
    ~LineSource();

    // Waits for the next piece; nothing at the end.
    //
    // Fails with io         if reading fails;
    //            corrupt    if it begins as gzip, and then is not, or ends too early: every whole
    //                       line before such an end has been handed out;
    //            too_large  for a line of more than line_bytes_max.
    Result<std::optional<Piece>> next();

    // What people call it: the path, or `stdin`.
    [[nodiscard]] const std::string& name() const;

    // How much of the file has been read, packed as it is; and its size, if that is known.
    [[nodiscard]] std::uint64_t bytes_read() const;
    [[nodiscard]] std::optional<std::uint64_t> bytes_total() const;

private:
    class Parts;
    explicit LineSource(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::tools
