#include "tools/write_commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "engine/text/text_file.h"
#include "http/messages/target.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

struct WriteOptions {
    ServerAccess server;
    std::string table;
    std::vector<std::string> key;
    std::optional<std::string> data;
    std::string file;  // of the body; `-`: standard input
    bool typed = false;
    std::string if_match;
    std::string condition;
    bool is_new = false;
    std::string idempotency_key;
};

// Which of them it is.
struct Write {
    const char* command;
    const char* method;
    std::string_view segment = {};  // behind the key
};
constexpr Write put{"put", "PUT"};
constexpr Write patch{"patch", "PATCH"};
constexpr Write update{"update", "POST", "update"};
constexpr Write remove{"delete", "DELETE"};
constexpr Write transact{"transact", "POST"};

std::string target_of(const Write& write, const WriteOptions& options) {
    if (&write == &transact) return "/transactions";
    http::Target target{.segments = {"tables", options.table, "items"}, .query = {}};
    http::add_key(target, options.key);
    if (!write.segment.empty()) target.segments.emplace_back(write.segment);
    if (!options.condition.empty()) target.query.push_back({"if", options.condition});
    return http::format_target(target);
}

// Fails with refused  if the file cannot be read.
Result<std::string> body_of(const WriteOptions& options) {
    if (options.data) return *options.data;
    if (options.file != "-") return engine::read_text_file(options.file);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

// An ETag with its quotation marks, which a shell takes away easily.
std::string entity_tag(const std::string& text) {
    const bool is_tag = text == "*" || text.ends_with('"');
    return is_tag ? text : '"' + text + '"';
}

int run(const Write& write, const WriteOptions& options) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(write.command, client.error().message);
        return exit_usage;
    }
    // Without a key, the server makes one.
    const bool makes_key = options.key.empty();
    http::ClientRequest request{.method = makes_key ? "POST" : write.method,
                                .target = target_of(write, options),
                                .headers = {},
                                .body = {}};
    std::string body;
    if (&write != &remove) {
        auto read = body_of(options);
        if (!read) {
            say_fault(write.command, read.error().message);
            return exit_usage;
        }
        body = *std::move(read);
        request.body = body;
        request.headers.emplace_back(
            "Content-Type", options.typed ? "application/x-amz-json-1.0" : "application/json");
    }
    if (!options.if_match.empty()) {
        request.headers.emplace_back("If-Match", entity_tag(options.if_match));
    }
    if (!options.idempotency_key.empty()) {
        // Printable ASCII is escaped in a string of a header as it is in JSON.
        std::string quoted;
        engine::append_json_string(quoted, options.idempotency_key);
        request.headers.emplace_back("Idempotency-Key", std::move(quoted));
    }
    if (options.is_new) request.headers.emplace_back("If-None-Match", "*");
    const auto answer = client->exchange(request);
    if (!answer) return say_fault(write.command, answer.error().message);
    if (answer->status / 100 != 2) return say_refusal(write.command, *answer);
    std::cout << answer->body;
    if (!answer->header("Idempotent-Replayed").empty()) {
        std::cerr << "freshet " << write.command << ": carried out before, under the same name\n";
    }
    return exit_done;
}

void add_name(CLI::App& app, WriteOptions& options) {
    app.add_option("--idempotency-key", options.idempotency_key,
                   "A name for this write: under the same one it is carried out once, however "
                   "often it is sent")
        ->type_name("NAME");
}

void add_item(CLI::App& app, WriteOptions& options, bool needs_key) {
    app.add_option("table", options.table, "The table")->required()->type_name("TABLE");
    app.add_option("key", options.key, "The key, part by part")
        ->required(needs_key)
        ->type_name("KEY");
    app.add_option("--if-match", options.if_match,
                   "Only if the item is in this state: the ETag of any view of it, or *")
        ->type_name("ETAG");
    app.add_option("--if", options.condition,
                   "Only if the item matches this event pattern: {\"status\":[\"NEW\"]}")
        ->type_name("PATTERN");
    add_name(app, options);
}

void add_body(CLI::App& app, WriteOptions& options) {
    auto* data = app.add_option("--data", options.data, "The body itself")->type_name("JSON");
    auto* file =
        app.add_option("--file", options.file, "A file that has the body; -: standard input")
            ->type_name("FILE");
    file->excludes(data);
    app.add_flag("--typed", options.typed,
                 "The body is DynamoDB's JSON: {\"status\":{\"S\":\"NEW\"}}");
}

Run run_of(const Write& write, const std::shared_ptr<WriteOptions>& options) {
    return [&write, options] {
        if (options->key.empty() && !(options->if_match.empty() && options->condition.empty())) {
            say_fault(write.command, "needs the key of the item that --if-match or --if is about");
            return static_cast<int>(exit_usage);
        }
        if (&write != &remove && !options->data && options->file.empty()) {
            say_fault(write.command, "needs the body: --data JSON, or --file FILE");
            return static_cast<int>(exit_usage);
        }
        return run(write, *options);
    };
}

constexpr const char* put_footer = R"(
The item is to be the body, whatever it was before. Without a key, the server makes one: the answer
has it. A key of several parts is several arguments. Put -- before a key that begins with a dash.

Examples:
  freshet put orders 7c9e6679 --data '{"status":"NEW","total":7.50}'
  freshet put orders --data '{"status":"NEW"}'
  freshet put orders 7c9e6679 --file order.json --new)";

constexpr const char* patch_footer = R"(
Merges the body into the item (RFC 7396): objects are merged, null removes, anything else replaces.

Examples:
  freshet patch orders 7c9e6679 --data '{"status":"PAID","note":null}'
  freshet patch orders 7c9e6679 --file - --if-match 1042-a88ccdc9fa4974fb < change.json)";

constexpr const char* update_footer = R"(
Says what to do with the item, which is made if it is not there. add: a number to a number, elements
to a set or to the end of a list. delete: elements from a set. set: merged as a patch is.

Examples:
  freshet update pages home --data '{"add":{"views":1}}'
  freshet update orders 7c9e6679 --data '{"add":{"tags":["gift"]},"set":{"status":"PAID"}}')";

constexpr const char* delete_footer = R"(
Done also if there is no such item, unless --if-match asks for one.

Examples:
  freshet delete orders 7c9e6679
  freshet delete orders 7c9e6679 --if-match '*')";

constexpr const char* transact_footer = R"(
Several writes, all or none, of one item each: put (with an item), patch (changes), update (add, set,
delete), delete and check. Each may have if, ifMatch and ifNoneMatch. The answer has what became of
each, or which of them was refused.

Examples:
  freshet transact --file order.json
  freshet transact --data '{"writes":[
    {"update":{"table":"stock","key":"tomato","add":{"left":-1},"if":{"left":[{"numeric":[">",0]}]}}},
    {"put":{"table":"orders","key":"7c9e6679","item":{"status":"NEW"}}}]}')";

}  // namespace

Run put_command(CLI::App& app) {
    const auto options = std::make_shared<WriteOptions>();
    add_item(app, *options, false);
    app.add_flag("--new", options->is_new, "Only if there is no such item");
    add_body(app, *options);
    add_server_option(app, options->server);
    app.footer(put_footer);
    return run_of(put, options);
}

Run patch_command(CLI::App& app) {
    const auto options = std::make_shared<WriteOptions>();
    add_item(app, *options, true);
    add_body(app, *options);
    add_server_option(app, options->server);
    app.footer(patch_footer);
    return run_of(patch, options);
}

Run update_command(CLI::App& app) {
    const auto options = std::make_shared<WriteOptions>();
    add_item(app, *options, true);
    add_body(app, *options);
    add_server_option(app, options->server);
    app.footer(update_footer);
    return run_of(update, options);
}

Run delete_command(CLI::App& app) {
    const auto options = std::make_shared<WriteOptions>();
    add_item(app, *options, true);
    add_server_option(app, options->server);
    app.footer(delete_footer);
    return run_of(remove, options);
}

Run transact_command(CLI::App& app) {
    const auto options = std::make_shared<WriteOptions>();
    add_body(app, *options);
    add_name(app, *options);
    add_server_option(app, options->server);
    app.footer(transact_footer);
    return run_of(transact, options);
}

}  // namespace freshet::tools
