// How the harness says that it cannot measure: what happened, and what to do about it.
//
// Thrown anywhere and caught once, in main(): processes, folders and sockets that a
// measurement holds end on the way there.
#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace freshet::bench {

class Failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// With what the system says of the last call.
[[noreturn]] inline void fail_by_system(const std::string& what) {
    const int code = errno;
    throw Failure(what + ": " + std::strerror(code));  // NOLINT(concurrency-mt-unsafe): one thread
}

}  // namespace freshet::bench
