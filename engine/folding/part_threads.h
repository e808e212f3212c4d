// Work in parts, each of which can be done beside the others, on a few threads. The thread that
// asks for it hears of the progress meanwhile.
//
// Threads: run_parts() is called by one; the work is done by others, which are gone when it
// returns.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "storage/result.h"

namespace freshet::engine {

// What the threads of some work share.
class PartsControl {
public:
    // Counts what is done, and says whether to continue: not once a part has failed, or who asked
    // for the work wants an end of it.
    bool advance(std::uint64_t done) {
        done_.fetch_add(done, std::memory_order_relaxed);
        return !is_ended_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }
    void end() { is_ended_ = true; }

private:
    std::atomic<std::uint64_t> done_ = 0;
    std::atomic<bool> is_ended_ = false;
};

using PartWork = std::function<Result<void>(std::size_t part, std::size_t thread, PartsControl&)>;

// Does `work(part, thread, control)` for each part on so many threads, which are numbered. Parts
// are begun in their order, and none is left out before one that is begun. About every tenth of a
// second `tell(done)` hears how much was counted; if it fails, the work ends. Fails as `tell` and
// the first part do that fail; and with io  if there can be no thread.
Result<void> run_parts(std::size_t parts, std::size_t threads, const PartWork& work,
                       const std::function<Result<void>(std::uint64_t)>& tell);

}  // namespace freshet::engine
