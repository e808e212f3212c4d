// A function: somebody's code that is fed the changes of one table, in order, in batches. What the
// configuration declares of it, in the words and with the ranges of AWS's event source mapping.
//
// Threads: values, once read.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/catalog/pattern.h"
#include "engine/text/http_url.h"
#include "engine/text/ip_address.h"
#include "storage/position.h"
#include "storage/time.h"

namespace freshet::engine {

// What a batch is at most, whatever `batch_size` says: of what Lambda takes. The first record
// always fits.
inline constexpr std::size_t function_batch_bytes_max = 6U << 20U;

// Of records that wait for earlier ones of their items; beyond it the function stops.
inline constexpr std::size_t held_records_max = 10'000;

// Where a function begins that has no place yet.
struct TrimHorizon {};  // with the oldest record
struct Latest {};       // behind the newest
using StartingPosition = std::variant<TrimHorizon, Latest, storage::Position, storage::AppendTime>;

// What becomes of later records of an item of which one is parked.
enum class Hold : std::uint8_t {
    none,  // they pass
    item   // they wait
};

// How a batch is written.
enum class FunctionFormat : std::uint8_t { lambda, cloudevents };

// Where a secret is: in the file, or in the environment variable, whichever is named.
struct SecretSettings {
    std::string file;  // absolute, or relative to the working folder
    std::string variable;
};

struct Function {
    std::string name;
    const Table* table = nullptr;

    // It is called over HTTP, at `url`, or in a process that the server starts: `command`, whose
    // working folder is that of the configuration. The other one is empty.
    HttpUrl url;
    std::vector<std::string> command;
    std::string folder;
    std::vector<std::string> environment;  // names of the server's variables that the process gets

    // Besides public addresses, and one that the URL names itself.
    std::vector<AddressBlock> networks;
    std::string authorities;  // a file of PEM; empty: those of the system
    std::optional<SecretSettings> secret;
    FunctionFormat format = FunctionFormat::lambda;
    std::chrono::seconds timeout{30};

    std::size_t batch_size = 100;  // records
    std::chrono::seconds batching_window{0};
    StartingPosition start = TrimHorizon{};
    Pattern filter;  // over the record in its marshalled form (engine/functions/); empty: all
    std::optional<std::uint32_t> retries_max;            // nothing: as often as it takes
    std::optional<std::chrono::seconds> record_age_max;  // nothing: however old
    bool bisects = false;
    bool reports_failures = false;                        // its answer may name what has failed
    std::optional<std::chrono::seconds> tumbling_window;  // nothing: no state is carried on
    std::size_t lanes = 1;  // batches under way at a time, each item's always in one
    Hold hold = Hold::none;
    bool is_enabled = true;
};

using Functions = std::vector<std::shared_ptr<const Function>>;

// How many calls of all of them may be under way: those of each lane, and of what is handed over
// again.
inline std::size_t calls_at_a_time(const Functions& functions) {
    std::size_t calls = 0;
    for (const auto& function : functions) calls += function->lanes + 1;
    return calls;
}

}  // namespace freshet::engine
