// A function behind HTTP, in a process of its own, that notes its calls and fails on demand:
// tests/systems/function_endpoint.mjs says what it can be asked, and how it can behave.
//
// Its port stays the same when it is ended and started again, and so does the ledger of what it
// answered with success; the calls are forgotten.
//
// Threads: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/readers/json_value.h"
#include "tests/support/certificate.h"
#include "tests/support/server_process.h"

namespace freshet::systems {

// One request of the function.
struct FunctionCall {
    std::uint64_t number = 0;  // 1 for the first, in the order of arrival
    std::string method;
    std::string path;
    std::map<std::string, std::string> headers;  // names in lower case
    std::vector<std::string> sequences;          // of its records
    std::uint64_t attempt = 0;                   // how many calls began with this record
    std::uint64_t at_ms = 0;                     // of a clock that does not go back
    std::uint64_t answered_ms = 0;               // 0: not yet
    std::vector<std::uint64_t> meanwhile;        // the calls without an answer when it came
    // The status of the answer; `waiting`, or `given up` by the caller before an answer; `cut
    // before`, `cut head`, `cut body` or `garbage`.
    std::string outcome;
    std::string text;  // the body as it came
    support::JsonValue body;

    // The header's value; empty if it is not there.
    [[nodiscard]] std::string header(const std::string& name) const;
};

// A record that was taken with success.
struct FunctionDelivery {
    std::string sequence;
    std::string event;  // INSERT, MODIFY or REMOVE
    std::uint64_t call = 0;
    std::string path;

    bool operator==(const FunctionDelivery&) const = default;
};

// By the item's key, as JSON without spaces and with its members in order: `{"id":{"S":"a"}}`. Each
// in the order of the answers, with those that came again.
using FunctionLedger = std::map<std::string, std::vector<FunctionDelivery>>;

class FunctionEndpoint {
public:
    // Returns once it listens; a failure of the test if that takes too long.
    FunctionEndpoint() : FunctionEndpoint(std::nullopt) {}
    // It also speaks https, by this certificate.
    explicit FunctionEndpoint(std::optional<support::CertificateFiles> certificate);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& path = "/") const;
    [[nodiscard]] std::string secure_url(const std::string& path = "/") const;

    // One behaviour or a list of them; expects that the endpoint understands it.
    void behave(const std::string& json);
    // From now on all calls succeed.
    void be_well() { behave("[]"); }

    // Those after that number, of all paths or of one.
    std::vector<FunctionCall> calls(std::uint64_t after = 0, const std::string& path = {});
    // The same, once there are so many; a failure of the test if that takes too long, and then
    // empty ones for those that are missing.
    std::vector<FunctionCall> await_calls(std::size_t count, std::uint64_t after = 0,
                                          const std::string& path = {});
    void forget_calls();

    FunctionLedger ledger(const std::string& path = {});
    // The same, once it has so many different records; a failure of the test if that takes too
    // long.
    FunctionLedger await_ledger(std::size_t records, const std::string& path = {});
    void forget_ledger();

    // kill -9.
    void kill();
    // Once it was ended.
    void start();

private:
    support::JsonValue asked(std::string_view method, const std::string& target, int status,
                             const std::string& body = {});

    support::TempFolder folder_;
    const std::optional<support::CertificateFiles> certificate_;
    std::uint16_t port_;
    std::optional<support::ChildProcess> process_;
};

}  // namespace freshet::systems
