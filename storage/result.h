// How a call says that it did not do what was asked.
//
// Every operation that can fail returns a Result: the value, or an Error that says which kind of
// failure it was (for code) and what happened (for people). Exceptions are left to the network
// code under http/; a broken invariant is a bug and ends the process.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace freshet {

enum class Errc {
    malformed,      // the bytes do not parse at all: broken JSON, a broken cursor
    refused,        // they parse, but say something that cannot be accepted
    forbidden,      // whoever asks may not
    conflict,       // it does not go with how things are
    gone,           // there was, in an earlier definition: a cursor of a changed list
    too_large,      // beyond a documented limit
    busy,           // a bounded queue is full; the same call may succeed a little later
    unavailable,    // folding, reopening or stopping; the same call may succeed later
    locked,         // another process has the data folder
    newer_format,   // the data folder was written by a newer release
    log_shortened,  // the log lacks records that it had acknowledged
    corrupt,        // bytes of the log or of a document are not what was written
    damaged_state,  // bytes of the state are not what was written; it can be folded anew
    disk_full,      // there is no room left
    io,             // the disk or the operating system failed
};

struct Error {
    Errc code;
    std::string message;
};

// tl::expected plus [[nodiscard]]: an unread Result is a compiler warning, hence an error here.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(Errc code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Hands a callee's failure on to the caller unchanged.
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace freshet
