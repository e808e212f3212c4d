// The client's side of a reconciliation (http/routes/reconciliation_routes.h), but for the items,
// which a BulkSender sends.
//
//     begin  ->  items  ->  run: waits until the server has come to an end, and says what it found
//
// Threads: belongs to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/text/json.h"
#include "storage/result.h"
#include "tools/client/client.h"
#include "tools/progress.h"

namespace freshet::tools {

struct ReconcileOptions {
    std::string as_of;      // the moment of the export
    std::string export_of;  // the ARN of its table; empty if it is not known
    bool is_complete = false;
    bool told = false;
    bool is_dry = false;
    std::optional<std::uint64_t> removals_max;
};

class ReconcileClient {
public:
    // Gives up after `timeout` without an answer, or with none but that the server is busy.
    ReconcileClient(std::string table, http::Client client, std::chrono::seconds timeout);

    // False if the server refuses it, which has been said then.
    bool begin(const ReconcileOptions& options);
    [[nodiscard]] const std::string& id() const { return id_; }

    // Lets the server count and write, and prints what it found: as JSON, or for people. Returns
    // the exit code.
    int run(const ReconcileOptions& options, bool as_json);

    // Ends it, since not all items came.
    void give_up();

private:
    std::optional<engine::JsonDocument> ask(std::string_view method, const std::string& target,
                                            const std::string& body);
    Result<http::ClientAnswer> exchange(const http::ClientRequest& request);
    std::optional<engine::JsonDocument> wait_for_end();
    [[nodiscard]] std::string target() const;

    const std::string table_;
    http::Client client_;
    const std::chrono::seconds timeout_;
    std::string id_;
    std::string answer_;  // the newest, as it came
    Progress progress_;
};

}  // namespace freshet::tools
