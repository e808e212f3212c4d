// A server that feeds functions, and the endpoint where they are: what the tests of functions begin
// with.
//
// Its tables are `orders`, whose records are posted, and `notes`, which are written directly.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/systems/function_endpoint.h"
#include "tests/systems/system.h"

namespace freshet::systems {

// The records of new orders `o1`, `o2` and so on, with sequence numbers of the same digits, as
// POST /records takes them. `more` are attributes of each.
std::string new_orders(std::uint64_t first, std::uint64_t count, const std::string& more = {});

// Sequence numbers, as text.
std::vector<std::string> sequences_from(std::uint64_t first, std::uint64_t count);

// What the function was called with, call by call.
std::vector<std::vector<std::string>> batches_of(const std::vector<FunctionCall>& calls);

// Returns whether it is so within the time that only what hangs takes.
bool comes_true(const std::function<bool()>& is_so);

class FunctionsTest : public ::testing::Test {
protected:
    // The configuration of a function of that table, at the endpoint's path of its name. `more` are
    // lines of it.
    std::string function_of(const std::string& table, const std::string& name,
                            const std::string& more = {});
    std::string orders_function(const std::string& name, const std::string& more = {}) {
        return function_of("orders", name, more);
    }

    // Starts a server of these functions; the second time, over the same data.
    void serve(const std::string& functions);

    // Posts records, which commas separate; returns the position of the last.
    std::uint64_t post(const std::string& records);
    // Writes the note; expects that it is taken.
    void put_note(const std::string& id, const std::string& members);

    HttpAnswer ask(const std::string& method, const std::string& target,
                   const std::string& body = {});
    // Its JSON; expects a 200.
    JsonValue asked(const std::string& method, const std::string& target,
                    const std::string& body = {});

    JsonValue function(const std::string& name) { return system->read("/functions/" + name); }
    std::string told(const std::string& name, const std::string& member) {
        return function(name)[member].text();
    }
    // Returns once GET /functions/NAME has that; a failure of the test if it takes too long.
    void await(const std::string& name, const std::string& member, const std::string& value);
    // Returns once the function is done with everything.
    void await_done(const std::string& name);

    // What is parked.
    std::vector<JsonValue> parked(const std::string& name);
    // The same, once it is so much; a failure of the test if that takes too long or it is more, and
    // then absent values for those that are missing.
    std::vector<JsonValue> await_parked(const std::string& name, std::size_t count);

    FunctionEndpoint endpoint;
    std::optional<System> system;
};

}  // namespace freshet::systems
