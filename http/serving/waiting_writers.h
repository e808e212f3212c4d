// Who waits for the receipt of a batch, on whichever thread of a server.
//
//     WaitingWriter (the connection)  ->  leave() (the engine's thread)
//
// By this the engine's thread knows whether it may answer a writer itself: only one that waits
// alone. All threads of a server count together, for it is one thread that would answer them all.
//
// Invariants
//   - A writer is counted from its beginning until it leaves, or else until its end: also where the
//     engine was never told of it, or never answers.
//   - Of those that wait at the same time only the last leaves alone.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace freshet::http {

// How many there are.
using WaitingWriters = std::atomic<std::size_t>;

class WaitingWriter {
public:
    explicit WaitingWriter(std::shared_ptr<WaitingWriters> all) : all_(std::move(all)) {
        all_->fetch_add(1);
    }
    ~WaitingWriter() { leave(); }
    WaitingWriter(const WaitingWriter&) = delete;
    WaitingWriter& operator=(const WaitingWriter&) = delete;

    // Returns whether it was the only one; false if it had left already.
    bool leave() { return all_ != nullptr && std::exchange(all_, nullptr)->fetch_sub(1) == 1; }

private:
    std::shared_ptr<WaitingWriters> all_;  // null once it has left
};

}  // namespace freshet::http
