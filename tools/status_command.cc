#include "tools/status_command.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

using engine::JsonNode;
using Number = std::optional<std::uint64_t>;

struct StatusOptions {
    ServerAccess server;
    bool json = false;
};

constexpr const char* command = "status";
constexpr const char* unknown = "-";

std::string bytes_text(Number bytes) {
    if (!bytes) return unknown;
    constexpr std::array<const char*, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto number = static_cast<double>(*bytes);
    std::size_t unit = 0;
    while (number >= 1024 && unit + 1 < units.size()) {
        number /= 1024;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
    return text;
}

std::string duration_text(Number seconds) {
    if (!seconds) return unknown;
    const std::uint64_t s = *seconds;
    if (s < 60) return std::to_string(s) + " s";
    if (s < 3'600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
    if (s < 86'400) return std::to_string(s / 3'600) + " h " + std::to_string(s / 60 % 60) + " min";
    return std::to_string(s / 86'400) + " d " + std::to_string(s / 3'600 % 24) + " h";
}

std::string number_text(Number number) {
    return number ? std::to_string(*number) : unknown;
}

std::string text_of(const JsonNode& status, std::string_view name) {
    return std::string(text_member(status, name).value_or(unknown));
}

// A number of an object within the status.
Number inner(const JsonNode& status, std::string_view object, std::string_view name) {
    const JsonNode* found = object_member(status, object);
    return found == nullptr ? std::nullopt : number_member(*found, name);
}

std::string folded_text(const JsonNode& status) {
    const Number head = number_member(status, "head");
    const Number folded = number_member(status, "folded");
    std::string text = number_text(folded);
    if (head && folded && *folded < *head) {
        text += ", " + std::to_string(*head - *folded) + " behind";
    }
    return text;
}

bool is_read_only(const JsonNode& status) {
    return text_of(status, "mode") == "read-only";
}

std::string stopped_text(const JsonNode& status) {
    if (is_read_only(status)) {
        return "refused: " + text_of(status, "fault") + "; make room, and they are taken again";
    }
    const auto stopped = truth_member(status, "write_stopped");
    if (!stopped) return unknown;
    return *stopped ? "stopped" : "taken";
}

std::string subscribers_text(const JsonNode& status) {
    const JsonNode* subscribers = object_member(status, "subscribers");
    if (subscribers == nullptr) return unknown;
    std::string text = number_text(number_member(*subscribers, "count"));
    if (const JsonNode* slowest = object_member(*subscribers, "slowest")) {
        text += "; the slowest at " + number_text(number_member(*slowest, "position")) + ", " +
                number_text(number_member(*slowest, "behind")) + " behind";
    }
    return text;
}

std::string live_text(const JsonNode& status) {
    const JsonNode* live = object_member(status, "live");
    if (live == nullptr) return unknown;
    return number_text(number_member(*live, "views")) + ", watched " +
           number_text(number_member(*live, "watches")) + " times";
}

// Of a server that has tables whose items expire; empty of others.
std::string expiry_text(const JsonNode& status) {
    const JsonNode* expiry = object_member(status, "expiry");
    if (expiry == nullptr) return {};
    if (!truth_member(*expiry, "halted").value_or(false)) {
        std::string text = duration_text(number_member(*expiry, "behind_s")) + " behind";
        const JsonNode* waiting = expiry->find("waiting");
        if (waiting == nullptr || !waiting->is(engine::JsonType::array)) return text;
        for (const JsonNode& table : *waiting) {
            text += "; " + std::string(table.text()) + " waits for its first direct write";
        }
        return text;
    }
    return "halted, since the clock of the server's machine has moved: once it is right, start the "
           "server again";
}

std::string function_text(const JsonNode& function) {
    return text_of(function, "name") + ": " + text_of(function, "state") + ", " +
           engine::quantity(number_member(function, "behind").value_or(0), "record") + " and " +
           duration_text(number_member(function, "age_s")) + " behind, " +
           number_text(number_member(function, "parked")) + " parked";
}

std::string memory_text(const JsonNode& status) {
    if (object_member(status, "memory") == nullptr) return unknown;
    return bytes_text(inner(status, "memory", "resident_bytes")) + " of " +
           bytes_text(inner(status, "memory", "limit_bytes")) + "; at most " +
           bytes_text(inner(status, "memory", "planned_bytes")) + " planned";
}

// The one place where what clients sent comes to the terminal.
void print_row(const char* name, const std::string& value) {
    std::cout << std::left << std::setw(13) << name << engine::shown_text(value) << "\n";
}

// The families of streams that a table took from. A server that folds or mends its log does not
// know them.
std::string sources_text(const JsonNode& table) {
    const JsonNode* families = table.find("sources");
    if (families == nullptr || !families->is(engine::JsonType::array)) return unknown;
    if (families->size() == 0) return "no stream yet";
    std::string text;
    for (const JsonNode& family : *families) {
        if (!text.empty()) text += ", then ";
        const std::string name = text_of(family, "family");
        text += name.empty() ? "a stream without a name" : name;
    }
    return text;
}

// The count begins with the server.
void print_suspicious(const std::string& name, const JsonNode& table) {
    const std::uint64_t count = number_member(table, "suspicious_duplicates").value_or(0);
    if (count == 0) return;
    std::string text = name + ": since the start, " +
                       engine::quantity(count, "duplicate that looks", "duplicates that look") +
                       " newer than what won";
    if (const JsonNode* last = object_member(table, "last_suspicious")) {
        text += "; the last is number " + text_of(*last, "sequenceNumber") + " of " +
                text_of(*last, "stream") + ", of the item ";
        engine::append_quoted(text, text_of(*last, "key"));
        text += ", where position " + number_text(number_member(*last, "winner")) + " won";
    }
    print_row("suspicious", text);
    print_row("",
              "if it came before its stream was adopted, send it again, or import a new export: "
              "docs/from-dynamodb.md");
}

std::string records_text(const JsonNode& refused) {
    const std::uint64_t count = number_member(refused, "records").value_or(0);
    return engine::quantity(count, "record") + " of " + text_of(refused, "stream") +
           " since the start";
}

void print_refused(const std::string& name, const JsonNode* refused) {
    if (refused == nullptr) return;
    print_row("refused", name + ": " + records_text(*refused));
    print_row("", "if it continues the table: freshet adopt --table " + name + " --stream " +
                      engine::shell_word(text_of(*refused, "stream")));
}

// A stream from whose source no table takes.
void print_unknown(const JsonNode* unknown_stream) {
    if (unknown_stream == nullptr) return;
    print_row("refused", "by all tables: " + records_text(*unknown_stream));
    print_row("", "if it continues a table: freshet adopt --table TABLE --stream " +
                      engine::shell_word(text_of(*unknown_stream, "stream")) +
                      "; otherwise, declare a table for it");
}

// A row for each table: from where it takes, and what looks wrong.
void print_sources(const JsonNode& status) {
    const JsonNode* tables = status.find("tables");
    if (tables == nullptr || !tables->is(engine::JsonType::array)) return;
    for (const JsonNode& table : *tables) {
        const std::string name = text_of(table, "name");
        std::string sources = sources_text(table);
        if (const auto moment = text_member(table, "reconciled")) {
            sources.append("; even with the export of ").append(*moment);
        }
        print_row("takes", std::string(name).append(" from ").append(sources));
        print_suspicious(name, table);
        print_refused(name, object_member(table, "refused_stream"));
    }
    print_unknown(object_member(status, "unknown_stream"));
}

// Of a server that has functions: a row for each, and what is wrong with it.
void print_functions(const JsonNode& status) {
    const JsonNode* functions = status.find("functions");
    if (functions == nullptr || !functions->is(engine::JsonType::array)) return;
    for (const JsonNode& function : *functions) {
        print_row("function", function_text(function));
        if (const auto stopped = text_member(function, "stopped")) {
            print_row("", std::string("stopped: ").append(*stopped));
        }
        if (const auto error = text_member(function, "error")) {
            print_row("", std::string("last error: ").append(*error));
        }
        if (number_member(function, "parked").value_or(0) > 0) {
            print_row("", "to see what is parked: freshet parked list " +
                              engine::shell_word(text_of(function, "name")));
        }
    }
}

void print_table(const http::ServerUrl& server, const JsonNode& status) {
    print_row("server", server.text());
    print_row("version", text_of(status, "version"));
    print_row("mode", text_of(status, "mode"));
    print_row("epoch", text_of(status, "epoch"));
    print_row("head", number_text(number_member(status, "head")));
    print_row("folded", folded_text(status));
    print_row("queue", bytes_text(inner(status, "queue", "bytes")) + " of " +
                           bytes_text(inner(status, "queue", "bytes_max")));
    print_row("stalls", number_text(number_member(status, "stalls")));
    print_row("writes", stopped_text(status));
    print_sources(status);
    print_row("subscribers", subscribers_text(status));
    print_row("live views", live_text(status));
    if (const JsonNode* parked = object_member(status, "parked")) {
        const std::uint64_t count = number_member(*parked, "records").value_or(0);
        print_row("parked", std::to_string(count) + (count == 1 ? " record" : " records") +
                                " that could not be understood: freshet parked list /records");
    }
    if (const std::string expiry = expiry_text(status); !expiry.empty()) {
        print_row("expiry", expiry);
    }
    print_functions(status);
    print_row("memory", memory_text(status));
    print_row("log", bytes_text(inner(status, "disk", "log_bytes")));
    print_row("state", bytes_text(inner(status, "disk", "state_bytes")));
    print_row("disk free", bytes_text(inner(status, "disk", "free_bytes")));
    print_row("ballast", bytes_text(inner(status, "disk", "ballast_bytes")));
    print_row("up for", duration_text(number_member(status, "uptime_s")));
}

int print_status(const StatusOptions& options, const http::Client& client, std::string body) {
    if (options.json) {
        std::cout << body << (body.ends_with('\n') ? "" : "\n");
        return exit_done;
    }
    const auto status = engine::JsonDocument::parse(std::move(body));
    if (!status) return say_fault(command, "the answer is no JSON: " + status.error().message);
    print_table(client.server(), status->root());
    return is_read_only(status->root()) ? say_fault(command, "writes are refused") : exit_done;
}

int status(const StatusOptions& options) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    auto answer = client->exchange({.target = "/status"});
    if (!answer) return say_fault(command, answer.error().message);
    if (answer->status != 200) return say_fault(command, advised_fault(*answer));
    const int printed = print_status(options, *client, std::move(answer->body));
    if (printed != exit_done) return printed;

    const auto ready = client->exchange({.target = "/readyz"});
    if (!ready) return say_fault(command, ready.error().message);
    return ready->status == 200 ? exit_done : say_fault(command, "not ready: " + ready->fault());
}

constexpr const char* footer = R"(
Besides the server itself: from which streams each table takes, and how each function is doing.

Exit code 1 if the server cannot be reached, is not ready, or takes no writes.

Examples:
  freshet status
  freshet status --server http://127.0.0.1:8081 --json)";

}  // namespace

Run status_command(CLI::App& app) {
    const auto options = std::make_shared<StatusOptions>();
    app.add_flag("--json", options->json, "Print the server's JSON");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return status(*options); };
}

}  // namespace freshet::tools
