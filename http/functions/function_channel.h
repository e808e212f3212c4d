// A way to a function: over which one call after the other is made.
//
// Threads: that of its event loop.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "http/serving/asio_types.h"

namespace freshet::http {

// What came of a call: an answer, or why there is none.
struct CallOutcome {
    std::string error;       // empty: there is an answer
    bool is_attempt = true;  // without an answer: whether the function may have got the call
    int status = 0;
    std::string body;
    bool says_error = false;  // X-Amz-Function-Error is there
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

class FunctionChannel {
public:
    // The answer of a function, at most; Lambda's bound.
    static constexpr std::size_t answer_bytes_max = 6U << 20U;

    virtual ~FunctionChannel() = default;

    // Hands over the body and waits for the answer, no longer than the function's `timeout_s`.
    // `head` are lines of HTTP, each with its end. One call at a time; the channel outlives it.
    virtual Awaitable<CallOutcome> call(std::string head, std::string body) = 0;

    // Ends a call that is under way.
    virtual void abort() = 0;
};

}  // namespace freshet::http
