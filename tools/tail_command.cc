#include "tools/tail_command.h"

#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "http/messages/target.h"
#include "tools/client/event_source.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

using engine::JsonDocument;
using engine::JsonNode;
using http::ReceivedFrame;

struct TailOptions {
    ServerAccess server;
    bool records = false;  // the log, rather than events
    std::vector<std::string> types;
    std::vector<std::string> topics;
    std::vector<std::string> tables;
    std::vector<std::string> keys;
    std::string from = "latest";  // or `earliest`, or an id that was printed before
    bool json = false;
    std::uint64_t count = 0;  // after how many to end; 0: never
};

constexpr const char* command = "tail";

std::string target_of(const TailOptions& options) {
    http::Target target{.segments = {options.records ? "records" : "events"}, .query = {}};
    const auto add = [&](const char* name, const std::vector<std::string>& values) {
        for (const std::string& value : values) target.query.push_back({name, value});
    };
    add("type", options.types);
    add("topic", options.topics);
    add("table", options.tables);
    add("key", options.keys);
    // The header that a reconnect sends wins over this.
    if (options.from != "latest") target.query.push_back({"last_event_id", options.from});
    return http::format_target(target);
}

// As JSON on one line; what is no JSON as a string.
void append_compact(std::string& out, const std::string& text) {
    if (const auto document = JsonDocument::parse(text)) {
        engine::append_json(out, document->root());
    } else {
        engine::append_json_string(out, text);
    }
}

std::string event_json(const ReceivedFrame& frame) {
    std::string line = "{\"id\":";
    engine::append_json_string(line, frame.id);
    line += ",\"type\":";
    engine::append_json_string(line, frame.type);
    line += ",\"data\":";
    append_compact(line, frame.text);
    return line + "}";
}

std::string record_line(const std::string& text) {
    const auto document = JsonDocument::parse(text);
    if (!document) return text;
    const JsonNode& record = document->root();
    const auto position = number_member(record, "position");
    std::string line = position ? std::to_string(*position) : "-";
    for (const char* name : {"table", "eventName"}) {
        line += ' ';
        line += text_member(record, name).value_or("-");
    }
    if (const JsonNode* change = object_member(record, "dynamodb")) {
        if (const JsonNode* keys = change->find("Keys")) {
            line += ' ';
            engine::append_json(line, *keys);
        }
    }
    for (const char* mark : {"expired", "imported"}) {
        if (truth_member(record, mark).value_or(false)) line += " (" + std::string(mark) + ")";
    }
    return line;
}

std::string record_json(const std::string& text) {
    std::string line;
    append_compact(line, text);
    return line;
}

// Whether nobody can read what is printed any more.
bool output_is_closed() {
    pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLNVAL)) != 0;
}

class Tail {
public:
    Tail(const TailOptions& options, http::Client& client)
        : options_(options),
          source_(client, {.target = target_of(options),
                           .on_interruption =
                               [](std::string_view why) {
                                   say_fault(command, std::string(why) + "; reconnecting");
                               },
                           .on_return = [] { say_fault(command, "connected again"); }}) {}

    int run();

private:
    void take(const ReceivedFrame& frame);
    void take_reset(const ReceivedFrame& frame) const;
    [[nodiscard]] std::string line_of(const ReceivedFrame& frame) const;
    static void print(const std::string& line) { std::cout << line << '\n' << std::flush; }

    const TailOptions& options_;
    http::EventSource source_;
    std::uint64_t printed_ = 0;
};

int Tail::run() {
    while (options_.count == 0 || printed_ < options_.count) {
        const auto frame = source_.next();
        if (!frame) return say_fault(command, frame.error().message);
        if (!*frame) return exit_done;
        take(**frame);
        if (!std::cout || output_is_closed()) return exit_done;
    }
    return exit_done;
}

void Tail::take(const ReceivedFrame& frame) {
    if (frame.bookmark || frame.type == "hello") return;
    if (frame.type == "reset") return take_reset(frame);
    if (frame.type == "error" || frame.type == "expiring") {
        say_fault(command, frame.type + ": " + frame.text);
        return;
    }
    print(line_of(frame));
    ++printed_;
}

void Tail::take_reset(const ReceivedFrame& frame) const {
    std::string why = "reset";
    if (const auto document = JsonDocument::parse(frame.text)) {
        const JsonNode& reset = document->root();
        why += " (" + std::string(text_member(reset, "reason").value_or("unknown")) +
               "): cannot go on from " +
               std::string(text_member(reset, "requested").value_or("the place asked for"));
        if (const auto head = number_member(reset, "head")) {
            why += ", going on from the head, " + std::to_string(*head);
        }
    }
    say_fault(command, why);
    if (!options_.json) return;
    std::string line = "{\"reset\":";
    append_compact(line, frame.text);
    print(line + "}");
}

std::string Tail::line_of(const ReceivedFrame& frame) const {
    if (options_.records) return options_.json ? record_json(frame.text) : record_line(frame.text);
    return options_.json ? event_json(frame) : frame.id + "  " + frame.type + "  " + frame.text;
}

int tail(const TailOptions& options) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    return Tail(options, *client).run();
}

constexpr const char* footer = R"(
Prints one line for each event, until it is interrupted: its id, its type and its data. Options that
may be given more than once let through what fits any of theirs, and all of them. When the server
cannot be reached any more, or has no room, it is tried again for ever, and nothing is missed or
printed twice. Standard error has a line when that begins, and one when events come again.

Examples:
  freshet tail
  freshet tail --type order-status-updated --type new-order --json
  freshet tail --table orders --key 7c9e6679
  freshet tail --records --from earliest --count 10
  freshet tail --from 5f3c.1042)";

}  // namespace

Run tail_command(CLI::App& app) {
    const auto options = std::make_shared<TailOptions>();
    CLI::Option* type = app.add_option("--type", options->types, "Only events of this type");
    CLI::Option* topic = app.add_option("--topic", options->topics, "Only events of this topic");
    CLI::Option* key = app.add_option("--key", options->keys, "Only of the item of this key");
    CLI::Option* table = app.add_option("--table", options->tables, "Only of this table");
    for (CLI::Option* option : {type, topic, key, table}) {
        option->type_name("NAME")->allow_extra_args(false);
    }
    CLI::Option* records =
        app.add_flag("--records", options->records, "The records of the log, not events");
    CLI::Option* events = app.add_flag("--events")->description("Events (as without it)");
    for (CLI::Option* option : {type, topic, key, events}) records->excludes(option);
    app.add_option("--from", options->from, "earliest, latest, or after this id")
        ->capture_default_str()
        ->type_name("ID");
    app.add_option("--count", options->count, "End after so many")
        ->check(
            CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()).description(""))
        ->type_name("N");
    app.add_flag("--json", options->json, "One JSON object a line");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return tail(*options); };
}

}  // namespace freshet::tools
