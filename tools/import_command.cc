#include "tools/import_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "tools/bulk_sender.h"
#include "tools/exit_code.h"
#include "tools/export_folder.h"
#include "tools/line_source.h"
#include "tools/reconcile_client.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

namespace fs = std::filesystem;
using engine::JsonDocument;
using engine::JsonNode;

struct ImportOptions {
    ServerAccess server;
    std::vector<std::string> paths;  // data files, folders of exports; `-` for standard input
    std::string table;
    std::chrono::seconds timeout{60};  // without progress
    bool json = false;
    bool is_reconciled = false;
    ReconcileOptions reconcile;
};

constexpr const char* command = "import";
constexpr const char* expected =
    R"(, expected {"Item":{…}} on each line: an export of the whole table in DynamoDB JSON)";

tl::unexpected<Error> refuse(const std::string& found) {
    return fail(Errc::refused, "found " + found + expected);
}

// The beginning of a line, on which there may be anything.
std::string excerpt(std::string_view line) {
    constexpr std::size_t shown_max = 40;
    std::string text;
    engine::append_json_string(text, line.substr(0, shown_max));
    return line.size() > shown_max ? text + "…" : text;
}

// What people take for an export. What is wrong with an item the server says, line by line.
Result<void> check_first_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    if (line.starts_with("$ion")) return refuse("Amazon Ion");
    const auto document = JsonDocument::parse(std::string(line));
    if (!document) return refuse(excerpt(line) + ", which is no whole JSON text");
    const JsonNode& root = document->root();
    for (const char* name : {"dynamodb", "eventName", "Records"}) {
        if (root.find(name) == nullptr) continue;
        return refuse("change records, which freshet append takes");
    }
    if (root.find("Items") == nullptr) return {};
    return refuse("the answer of a scan, of which jq -c '.Items[] | {Item: .}' makes such lines");
}

bool is_folder(const std::string& path) {
    return path != "-" && fs::is_directory(path);
}

Result<ExportFolder> folder_at(const std::string& path) {
    if (is_folder(path)) return read_export_folder(path);
    return ExportFolder{
        .files = {{.path = path, .items = {}, .md5 = {}}}, .moment = {}, .table = {}};
}

// All files together; of several folders nothing is said but their files.
Result<ExportFolder> folder_of_all(const std::vector<std::string>& paths) {
    if (paths.size() == 1) return folder_at(paths.front());
    ExportFolder all;
    for (const std::string& path : paths) {
        auto one = folder_at(path);
        if (!one) return one;
        all.files.insert(all.files.end(), one->files.begin(), one->files.end());
    }
    return all;
}

// Nothing if the size of one of them is not known.
std::optional<std::uint64_t> bytes_of(const std::vector<ExportFile>& files) {
    std::uint64_t bytes = 0;
    for (const ExportFile& file : files) {
        std::error_code unknown;
        const auto size = fs::file_size(file.path, unknown);
        if (unknown) return std::nullopt;
        bytes += size;
    }
    return bytes;
}

// Nothing of a file is sent that is not the one that was exported.
bool send(const ExportFile& file, BulkSender& sender) {
    if (!file.md5.empty()) {
        const auto whole = check_md5(file);
        if (!whole) return sender.stop(whole.error().message);
    }
    auto source = LineSource::open(file.path);
    if (!source) return sender.stop(source.error().message);
    const std::uint64_t before = sender.totals().records();
    if (!sender.send_all(*source, check_first_line)) return false;

    const std::uint64_t items = sender.totals().records() - before;
    if (!file.items || *file.items == items) return true;
    return sender.stop(file.path + ": it holds " + engine::quantity(items, "item") +
                       ", and manifest-files.json says " + std::to_string(*file.items));
}

// What is wrong with how it is used; empty if nothing is.
std::string misuse_of(const ImportOptions& options) {
    const ReconcileOptions& reconcile = options.reconcile;
    const bool says_how = !reconcile.as_of.empty() || reconcile.is_complete || reconcile.told ||
                          reconcile.is_dry || reconcile.removals_max;
    if (!options.is_reconciled) {
        if (!says_how) return {};
        return "--as-of, --complete, --events, --removals and --dry-run go with --reconcile";
    }
    if (options.paths.size() == 1 && is_folder(options.paths.front())) {
        if (reconcile.as_of.empty()) return {};
        return "the manifest says of which moment the export is; --as-of is for items without one";
    }
    if (std::any_of(options.paths.begin(), options.paths.end(), is_folder)) {
        return "--reconcile takes one export at a time";
    }
    if (!reconcile.as_of.empty() && reconcile.is_complete) return {};
    return "without a manifest, --reconcile needs --as-of TIME, the moment before the scan began, "
           "and --complete: an item that is not among these was removed from the table";
}

BulkOptions bulk_options(const ImportOptions& options, const ExportFolder& folder) {
    return {.command = command,
            .unit = "item",
            .table = options.table,
            .timeout = options.timeout,
            .bytes_total = bytes_of(folder.files)};
}

bool send_all(const ExportFolder& folder, BulkSender& sender) {
    return std::all_of(folder.files.begin(), folder.files.end(),
                       [&](const ExportFile& file) { return send(file, sender); });
}

int reconcile_items(const ImportOptions& options, const ExportFolder& folder,
                    http::Client bulk_client) {
    ReconcileOptions reconcile = options.reconcile;
    if (reconcile.as_of.empty()) reconcile.as_of = folder.moment;
    if (reconcile.as_of.empty()) {
        return say_fault(command, options.paths.front() +
                                      ": manifest-summary.json, which says of which moment the "
                                      "export is, is missing or has no exportTime; download the "
                                      "whole folder");
    }
    reconcile.export_of = folder.table;
    auto client = make_client(options.server);
    if (!client) return say_fault(command, client.error().message);
    ReconcileClient reconciliation(options.table, *std::move(client), options.timeout);
    if (!reconciliation.begin(reconcile)) return exit_fault;
    BulkOptions bulk = bulk_options(options, folder);
    bulk.reconciliation = reconciliation.id();
    BulkSender sender(std::move(bulk), std::move(bulk_client));
    if (!send_all(folder, sender)) {
        reconciliation.give_up();
        return exit_fault;
    }
    return reconciliation.run(reconcile, options.json);
}

int import_items(const ImportOptions& options) {
    if (const std::string misuse = misuse_of(options); !misuse.empty()) {
        say_fault(command, misuse);
        return exit_usage;
    }
    auto client = make_bulk_client(options.server, options.timeout);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    const auto folder = folder_of_all(options.paths);
    if (!folder) return say_fault(command, folder.error().message);
    if (options.is_reconciled) return reconcile_items(options, *folder, *std::move(client));

    BulkSender sender(bulk_options(options, *folder), *std::move(client));
    if (!send_all(*folder, sender)) return exit_fault;
    sender.say_end(options.json);
    return exit_done;
}

constexpr const char* footer = R"(
For a table that is older than its stream. Takes DynamoDB's own exports to S3: full ones, in the
format DynamoDB JSON, each line {"Item":{...}}, plain or packed by gzip. Name the folder of an
export, AWSDynamoDB/ID, as `aws s3 cp --recursive` has brought it: its data files are compared with
the MD5 and the count of items in its manifest. Or name data files; - is standard input.

Begin with the stream, then export, then import. An item enters only if nothing at all is known of
it, and whatever the stream brings of it, before or after, counts as newer. Nothing is an event. So
it may be run while records come, and run again: what is known is then a duplicate.

--reconcile is for a table whose stream lost records: the forwarder stood still for more than a
day. It takes an export that was made after the stream ran again. Where the table and the export
differ, and the item's newest record is earlier than the export, the export wins, also where it does
not have the item any more. What the stream told later stands. Try --dry-run first.

Examples:
  freshet import --table orders AWSDynamoDB/01700000000000-0a1b2c3d
  freshet import --table orders --reconcile --dry-run AWSDynamoDB/01700000000000-0a1b2c3d
  freshet import --table orders data/*.json.gz
  aws s3 cp s3://BUCKET/AWSDynamoDB/ID/data/a.json.gz - | freshet import --table orders -
  aws dynamodb scan --table-name orders | jq -c '.Items[] | {Item: .}' |
    freshet import --table orders -)";

}  // namespace

Run import_command(CLI::App& app) {
    const auto options = std::make_shared<ImportOptions>();
    app.add_option("path", options->paths,
                   "Data files or folders of exports, or - for standard input")
        ->required()
        ->type_name("PATH");
    app.add_option("--table", options->table, "The table whose items they are")
        ->required()
        ->type_name("NAME");
    app.add_flag("--reconcile", options->is_reconciled,
                 "Make the table even with this export, which is whole and later than it");
    ReconcileOptions& reconcile = options->reconcile;
    app.add_flag("--dry-run", reconcile.is_dry, "Only count, and show some of, what would be done");
    app.add_option("--removals", reconcile.removals_max,
                   "How many items may be removed (a tenth of the table's)")
        ->type_name("N");
    app.add_flag("--events", reconcile.told, "Tell those who watch of what differs");
    app.add_option("--as-of", reconcile.as_of,
                   "The moment before the scan began, such as 2026-11-20T11:39:28Z, for items "
                   "without a manifest")
        ->type_name("TIME");
    app.add_flag("--complete", reconcile.is_complete,
                 "Say that items without a manifest are all that the table has");
    add_timeout_option(app, options->timeout);
    app.add_flag("--json", options->json, "Print the sum as JSON");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return import_items(*options); };
}

}  // namespace freshet::tools
