#include "tools/append_command.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "tools/bulk_sender.h"
#include "tools/exit_code.h"
#include "tools/line_source.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

struct AppendOptions {
    ServerAccess server;
    std::string file;                  // `-` for standard input
    std::string table;                 // empty: as each record says
    std::chrono::seconds timeout{60};  // without progress
    bool json = false;
};

constexpr const char* command = "append";

int append(const AppendOptions& options) {
    auto client = make_bulk_client(options.server, options.timeout);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    auto source = LineSource::open(options.file);
    if (!source) return say_fault(command, source.error().message);

    BulkSender sender({.command = command,
                       .table = options.table,
                       .timeout = options.timeout,
                       .bytes_total = source->bytes_total()},
                      *std::move(client));
    if (!sender.send_all(*source)) return exit_fault;
    sender.say_end(options.json);
    return exit_done;
}

constexpr const char* footer = R"(
One record a line (NDJSON), plain or packed by gzip. What a server could not take at once is sent
again, and the whole may be run again: a record that was appended before is then a duplicate.

Examples:
  freshet append records.jsonl
  freshet append export.jsonl.gz --table orders
  producer | freshet append -)";

}  // namespace

Run append_command(CLI::App& app) {
    const auto options = std::make_shared<AppendOptions>();
    app.add_option("file", options->file, "NDJSON, or - for standard input")
        ->required()
        ->type_name("FILE");
    app.add_option("--table", options->table, "The table of all of them")->type_name("NAME");
    add_timeout_option(app, options->timeout);
    app.add_flag("--json", options->json, "Print the sum as JSON");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return append(*options); };
}

}  // namespace freshet::tools
