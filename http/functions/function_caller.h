// One connection to where a function is: kept from call to call, and opened again when it was
// closed.
//
// An address is looked up for every connection, and looked at before anything is sent there: a name
// must not lead to where the configuration did not mean to (engine/text/address_reach.h).
// Redirects are not followed. By https, the certificate must name the host and be vouched for.
//
// A call that finds its kept connection closed before a byte of an answer came is sent again on a
// new one: the other side may have closed it at that moment.
//
// Threads: belongs to that of its event loop.
#pragma once

#include <memory>
#include <string>

#include "engine/catalog/function.h"
#include "http/functions/function_channel.h"
#include "http/serving/asio_types.h"
#include "storage/result.h"

namespace freshet::http {

// What is believed of those who speak TLS, shared by the connections of a function.
class CallTrust;
// Fails with refused  if the function's file of authorities cannot be read.
Result<std::shared_ptr<CallTrust>> make_call_trust(const engine::Function& function);

class FunctionCaller final : public FunctionChannel,
                             public std::enable_shared_from_this<FunctionCaller> {
public:
    // `trust` is null unless the function is called by https. Borrows the rest.
    FunctionCaller(asio::io_context& io, const engine::Function& function,
                   std::shared_ptr<CallTrust> trust);
    ~FunctionCaller() override;
    FunctionCaller(const FunctionCaller&) = delete;
    FunctionCaller& operator=(const FunctionCaller&) = delete;

    Awaitable<CallOutcome> call(std::string head, std::string body) override;
    void abort() override;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::http
