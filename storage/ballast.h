// A file of real blocks in the data folder whose only use is that it can be given back when the
// disk is full.
//
// Who gives it back: the server, by itself, where a start needs room that is not there, since at
// that moment nobody may be at hand and nothing can be read before; and an operator, who deletes
// the file to have room to work in. The server never gives it back for the sake of writes: they
// would fill that room, too, and the next start would find neither room nor ballast. It is made
// again as soon as there is room for it.
//
// It holds nothing, so no backup, check or restore needs it.
//
// Invariants
//   - Its blocks are real: what is given back can be written to.
//   - It is made only where it takes at most half of the room that is there: by what the file
//     system says, and by taking twice as much for a moment, since that knows nothing of quotas.
//
// Threads: held_bytes(): any; the rest: one at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace freshet::storage {

class Ballast {
public:
    // The file at `path`, which is to have that many bytes; 0: there is to be none.
    Ballast(std::string path, std::uint64_t bytes);

    // What it has of the disk now.
    [[nodiscard]] std::uint64_t held_bytes() const { return held_bytes_; }

    // Makes it where it is missing or of another size, if `free_bytes` of the disk allow that. What
    // cannot be made now is made another time, but is not tried again for a minute.
    void make(std::uint64_t free_bytes,
              std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

    // Gives the room back. Returns whether there was some.
    bool give_back();

private:
    std::string path_;
    std::uint64_t bytes_;
    std::atomic<std::uint64_t> held_bytes_;
    std::chrono::steady_clock::time_point not_before_;  // is it tried again
};

}  // namespace freshet::storage
