// Sends lines of records to a running server: in pieces, one request after the other, and each
// piece again until it stands. Appending is idempotent, so that what an earlier try has appended is
// then a duplicate.
//
//     LineSource  ->  pieces  ->  POST /records, until it stands  ->  BulkTotals
//
// It says on standard error how far it is, and whatever keeps it from going on.
//
// Threads: belongs to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "engine/text/json.h"
#include "storage/result.h"
#include "tools/client/client.h"
#include "tools/line_source.h"
#include "tools/progress.h"
#include "tools/server_access.h"

namespace CLI {  // NOLINT(readability-identifier-naming): as CLI11 has it
class App;
}

namespace freshet::tools {

struct BulkOptions {
    std::string command;                       // as which it speaks: `append`
    std::string unit = "record";               // what it says that it has sent, one of them
    std::string table;                         // empty: as each record says
    std::string reconciliation = {};           // the id of the one that takes them, not the log
    std::chrono::seconds timeout{60};          // without progress
    std::optional<std::uint64_t> bytes_total;  // of all files that are to be sent, if it is known
};

// Adds --timeout. `timeout` outlives the App.
void add_timeout_option(CLI::App& app, std::chrono::seconds& timeout);

// Opens no connection yet.
// Fails with refused  if the address, or FRESHET_TOKEN, cannot be one.
Result<http::Client> make_bulk_client(const ServerAccess& access, std::chrono::seconds timeout);

// What stands in the log by now, as the server has counted it.
struct BulkTotals {
    std::uint64_t lines = 0;
    std::uint64_t appended = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t ignored = 0;
    std::optional<std::uint64_t> position;

    // Adds what an answer, or a fault, says of the lines that stand.
    void add(const engine::JsonNode& answer);
    [[nodiscard]] std::uint64_t records() const { return appended + duplicates + ignored; }
    [[nodiscard]] std::string text() const;
};

class BulkSender {
public:
    // `client` is one that make_bulk_client() has made.
    BulkSender(BulkOptions options, http::Client client);

    // Says what is wrong with the first line of a file, if anything is.
    using LineCheck = std::function<Result<void>(std::string_view line)>;

    // Sends all lines of the source, the next one of perhaps several. False if it cannot be brought
    // to an end, which has been said then.
    bool send_all(LineSource& source, const LineCheck& check = {});

    // Says why it goes no further, and what stands. Returns false.
    bool stop(std::string_view why);

    // Prints the sum of everything, on standard output.
    void say_end(bool as_json);

    [[nodiscard]] const BulkTotals& totals() const { return totals_; }

private:
    using Clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    bool send(Piece piece);
    [[nodiscard]] http::ClientRequest request(const Piece& piece) const;
    bool take_receipt(const http::ClientAnswer& answer, const Piece& piece);
    void progressed();
    bool wait(std::string_view why, milliseconds asked);
    bool refuse(const http::ClientAnswer& answer, const Piece& piece);
    bool print_faults(const engine::JsonNode& problem, const Piece& piece) const;
    [[nodiscard]] std::string standing() const;
    void say_progress();
    [[nodiscard]] double seconds() const;
    [[nodiscard]] std::uint64_t rate() const;

    BulkOptions options_;
    http::Client client_;
    Progress progress_;
    BulkTotals totals_;
    std::minstd_rand dice_{std::random_device()()};
    Clock::time_point begin_ = Clock::now();
    Clock::time_point last_progress_ = begin_;
    milliseconds backoff_;
    bool setback_said_ = false;

    const LineSource* source_ = nullptr;  // null while none is being sent
    std::uint64_t files_before_ = 0;      // that were sent whole
    std::uint64_t lines_before_ = 0;      // likewise, of the totals
    std::uint64_t bytes_before_ = 0;
};

}  // namespace freshet::tools
