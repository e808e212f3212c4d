// Which mutex guards what, in words that clang checks: an access without the lock is a warning
// there
// (-Wthread-safety), and so an error. To gcc the words are empty.
//
//     Mutex mutex_;
//     std::size_t bytes_ FRESHET_GUARDED_BY(mutex_) = 0;
//
// A lambda is a function of its own to clang, so a wait is a loop and takes no predicate.
//
// Threads: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define FRESHET_THREAD_SAFETY(words) __attribute__((words))
#else
#define FRESHET_THREAD_SAFETY(words)
#endif
#define FRESHET_GUARDED_BY(mutex) FRESHET_THREAD_SAFETY(guarded_by(mutex))
#define FRESHET_REQUIRES(mutex) FRESHET_THREAD_SAFETY(requires_capability(mutex))

namespace freshet {

// A std::mutex that clang knows by name.
class FRESHET_THREAD_SAFETY(capability("mutex")) Mutex {
private:
    friend class MutexLock;
    std::mutex mutex_;
};

// Holds the mutex for as long as it lives, but for the time that it waits.
class FRESHET_THREAD_SAFETY(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) FRESHET_THREAD_SAFETY(acquire_capability(mutex))
        : lock_(mutex.mutex_) {}
    ~MutexLock() FRESHET_THREAD_SAFETY(release_capability()) = default;
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

    // Returns whether it was woken before that time; also without a reason, now and then.
    bool wait_until(std::condition_variable& woken, std::chrono::steady_clock::time_point time) {
        return woken.wait_until(lock_, time) == std::cv_status::no_timeout;
    }

private:
    std::unique_lock<std::mutex> lock_;
};

}  // namespace freshet
