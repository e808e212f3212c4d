#include "tools/adopt_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "http/messages/target.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

struct AdoptOptions {
    ServerAccess server;
    std::string table;
    std::string stream;
};

constexpr const char* command = "adopt";

int adopt(const AdoptOptions& options) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    std::string target = "/tables/";
    http::append_percent_encoded(target, options.table);
    target += "/sources";
    std::string body = R"({"stream":)";
    engine::append_json_string(body, options.stream);
    body += '}';
    const auto answer = client->exchange({.method = "POST",
                                          .target = target,
                                          .headers = {{"Content-Type", "application/json"}},
                                          .body = body});
    if (!answer) return say_fault(command, answer.error().message);
    if (answer->status != 200) return say_refusal(command, *answer);
    const auto adopted = engine::JsonDocument::parse(answer->body);
    if (!adopted) return say_fault(command, "the answer is no JSON: " + adopted.error().message);
    if (truth_member(adopted->root(), "adopted").value_or(false)) {
        std::cout << "table " << options.table << " takes from " << options.stream << " now\n";
    } else {
        std::cout << "table " << options.table << " takes from " << options.stream << " already\n";
    }
    if (const auto note = text_member(adopted->root(), "note")) {
        std::cout << "note: " << engine::shown_text(*note) << "\n";
    }
    return exit_done;
}

constexpr const char* footer = R"(
For a stream that continues where the last one ended: that of a replica in another region, or of a
table that was restored under another name. Let the old stream run out first: its records are
duplicates from then on, for every item of which the new one has said something. Adopt before you
start the new forwarder. To go back, adopt the old one again, and only then start its forwarder.
docs/from-dynamodb.md has the steps.

With [auth], FRESHET_TOKEN is a token of the role admin (freshet token --role admin), or the key of a
machine with the right admin:TABLE.

Examples:
  freshet adopt --table orders --stream arn:aws:dynamodb:us-east-1:123456789012:table/orders)";

}  // namespace

Run adopt_command(CLI::App& app) {
    const auto options = std::make_shared<AdoptOptions>();
    app.add_option("--table", options->table, "The table that is to take its records")
        ->required()
        ->type_name("TABLE");
    app.add_option("--stream", options->stream, "The ARN of the stream, or of its table")
        ->required()
        ->type_name("ARN");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return adopt(*options); };
}

}  // namespace freshet::tools
