#include "tools/import_command.h"

#include <CLI/CLI.hpp>
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
#include "tools/bulk_sender.h"
#include "tools/exit_code.h"
#include "tools/export_folder.h"
#include "tools/line_source.h"
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

Result<std::vector<ExportFile>> files_at(const std::string& path) {
    if (path != "-" && fs::is_directory(path)) return read_export_folder(path);
    return std::vector<ExportFile>{{.path = path, .items = {}, .md5 = {}}};
}

Result<std::vector<ExportFile>> files_at_all(const std::vector<std::string>& paths) {
    std::vector<ExportFile> files;
    for (const std::string& path : paths) {
        auto more = files_at(path);
        if (!more) return more;
        files.insert(files.end(), more->begin(), more->end());
    }
    return files;
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
    return sender.stop(file.path + ": it holds " + std::to_string(items) +
                       " items, and manifest-files.json says " + std::to_string(*file.items));
}

int import_items(const ImportOptions& options) {
    auto client = make_bulk_client(options.server, options.timeout);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    const auto files = files_at_all(options.paths);
    if (!files) return say_fault(command, files.error().message);

    BulkSender sender({.command = command,
                       .unit = "items",
                       .table = options.table,
                       .timeout = options.timeout,
                       .bytes_total = bytes_of(*files)},
                      *std::move(client));
    for (const ExportFile& file : *files) {
        if (!send(file, sender)) return exit_fault;
    }
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

Examples:
  freshet import --table orders AWSDynamoDB/01700000000000-0a1b2c3d
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
    add_timeout_option(app, options->timeout);
    app.add_flag("--json", options->json, "Print the sum as JSON");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return import_items(*options); };
}

}  // namespace freshet::tools
