// Tells one listener which tokens are revoked: at first all of them, and then each that comes.
//
// Invariants
//   - The first that a listener hears is everything that the log says up to then: until it hears
//     anything, nobody knows whether a token is revoked.
//   - It misses none, though it may hear of one twice. One that comes while all are told waits
//     until what it will ask for can be read.
//
// Threads: tell() and tell_all() the sequencer's; listen() any.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "engine/access/revocation.h"
#include "storage/result.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

class RevocationBoard {
public:
    // Must not block.
    using Listener = std::function<void(const std::vector<Revocation>& revocations)>;
    // What is known by then; fails before the log is folded.
    using ReadAll = std::function<Result<std::vector<Revocation>>()>;

    // Replaces the listener, which is not called any more. The new one is told of what `read_all`
    // gives, or, if that fails, hears first from tell_all().
    void listen(Listener listener, const ReadAll& read_all) {
        const MutexLock lock(mutex_);
        listener_ = std::move(listener);
        has_heard_ = false;
        if (!listener_) return;
        const auto all = read_all();
        if (!all) return;
        has_heard_ = true;
        listener_(*all);
    }

    // The log has these, and they can be read. Those who listen since before have heard the others.
    void tell(const std::vector<Revocation>& revocations) {
        if (revocations.empty()) return;
        const MutexLock lock(mutex_);
        if (listener_ && has_heard_) listener_(revocations);
    }

    // These are all that the log has. Then `show` makes them readable for those who listen later;
    // it must not call the board.
    void tell_all(const std::vector<Revocation>& revocations,
                  const std::function<void()>& show = nullptr) {
        const MutexLock lock(mutex_);
        has_heard_ = true;
        if (listener_) listener_(revocations);
        if (show) show();
    }

private:
    Mutex mutex_;
    Listener listener_ FRESHET_GUARDED_BY(mutex_);
    bool has_heard_ FRESHET_GUARDED_BY(mutex_) = false;
};

}  // namespace freshet::engine
