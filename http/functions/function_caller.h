// One connection to where a function is: kept from call to call, and opened again when it was
// closed.
//
// An address is looked up for every connection, and looked at before anything is sent there: a name
// must not lead to where the configuration did not mean to (engine/text/address_reach.h).
// Redirects are not followed. By https, the certificate must name the host and be vouched for.
//
// A call that finds its kept connection closed before a byte of an answer came is sent again on a
// new one: whoever closed it may have done so at that moment.
//
// Threads: belongs to that of its event loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog/function.h"
#include "http/serving/asio_types.h"
#include "storage/result.h"

namespace freshet::http {

// What came of a call: an answer, or why there is none.
struct CallOutcome {
    std::string error;       // empty: there is an answer
    bool is_attempt = true;  // without an answer: whether the function may have got the call
    int status = 0;
    std::string body;
    bool says_error = false;  // X-Amz-Function-Error is there
    std::optional<std::chrono::seconds> retry_after;
};

// What is believed of those who speak TLS, shared by the connections of a function.
class CallTrust;
// Fails with refused  if the function's file of authorities cannot be read.
Result<std::shared_ptr<CallTrust>> make_call_trust(const engine::Function& function);

class FunctionCaller : public std::enable_shared_from_this<FunctionCaller> {
public:
    // The answer of a function, at most; Lambda's bound.
    static constexpr std::size_t answer_bytes_max = 6U << 20U;

    // `trust` is null unless the function is called by https. Borrows the rest.
    FunctionCaller(asio::io_context& io, const engine::Function& function,
                   std::shared_ptr<CallTrust> trust);
    ~FunctionCaller();
    FunctionCaller(const FunctionCaller&) = delete;
    FunctionCaller& operator=(const FunctionCaller&) = delete;

    // Sends it and waits for the answer, no longer than the function's `timeout_s`. `head` are the
    // lines behind Host, each with its end.
    static Awaitable<CallOutcome> call(std::shared_ptr<FunctionCaller> self, std::string head,
                                       std::string body);

    // Ends a call that is under way.
    void abort();

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::http
