// Checks what must always hold, in every build.
//
//     invariant(position > last, "positions increase");
//
// The sentence says what always holds; when it does not, the process prints the place and the
// sentence and aborts. That is for our own bugs: a log that doubts itself must not keep writing.
// What the world may do wrong (clients, the disk, the clock) is a Result and never ends the
// process.
//
// Check in pairs: once where an invariant is made true and once where it is relied on, so that a
// bug is found by the other side, too. On the paths of a record, a frame and a read, a check costs
// a few comparisons of what is in hand: it reads nothing from the disk and allocates nothing.
//
// Invariants
//   - NDEBUG changes nothing.
//   - A condition has no effect: leaving a check out changes nothing but what it finds.
//
// Threads: any.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace freshet {

namespace internal {

[[noreturn, gnu::cold, gnu::noinline]] inline void broken(const char* sentence, const char* file,
                                                          int line) {
    std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, sentence);
    std::abort();
}

}  // namespace internal

// Ends the process unless `holds`. `file` and `line` are the caller's own; nobody passes them.
constexpr void invariant(bool holds, const char* sentence, const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) {
    if (!holds) [[unlikely]] {
        internal::broken(sentence, file, line);
    }
}

}  // namespace freshet
