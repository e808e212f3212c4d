#include "tools/parked_command.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "engine/text/text_file.h"
#include "http/messages/target.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

using engine::JsonDocument;
using engine::JsonNode;

constexpr std::string_view command = "parked";
// In place of a function's name, which has no `/`.
constexpr std::string_view sent_records = "/records";

struct ParkedOptions {
    ServerAccess server;
    std::string function;
    std::vector<std::uint64_t> records;
    bool all = false;
    bool superseded = false;
    bool yes = false;
    std::string file;
};

bool is_of_sent(const ParkedOptions& options) {
    return options.function == sent_records;
}

std::string target_of(const ParkedOptions& options, std::optional<std::uint64_t> record,
                      std::vector<http::Parameter> query = {}) {
    http::Target target{.segments = {"functions", options.function, "parked"},
                        .query = std::move(query)};
    if (is_of_sent(options)) target.segments = {"records", "parked"};
    if (record) target.segments.push_back(std::to_string(*record));
    return http::format_target(target);
}

// The body of an answer that is a success; or an exit code, and what was wrong is said.
tl::expected<std::string, int> ask(const ParkedOptions& options, std::string_view method,
                                   std::string target, std::string_view body = {}) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return tl::unexpected(static_cast<int>(exit_usage));
    }
    http::ClientRequest request{
        .method = method, .target = std::move(target), .headers = {}, .body = body};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    auto answer = client->exchange(request);
    if (!answer) return tl::unexpected(say_fault(command, answer.error().message));
    if (answer->status / 100 != 2) return tl::unexpected(say_refusal(command, *answer));
    return std::move(answer->body);
}

std::string text_in(const JsonNode& object, std::string_view name) {
    const JsonNode* member = object.find(name);
    return member == nullptr ? std::string() : std::string(member->text());
}

void print_record(const JsonNode& record) {
    std::string key;
    if (const JsonNode* member = record.find("key")) engine::append_json(key, *member);
    std::cout << text_in(record, "record") << "  " << engine::shown_text(key) << "  "
              << text_in(record, "status");
    if (const std::string attempts = text_in(record, "attempts"); attempts != "0") {
        std::cout << " after " << attempts << (attempts == "1" ? " attempt" : " attempts");
    }
    if (record.find("edited") != nullptr) std::cout << ", edited";
    std::cout << "  " << text_in(record, "since");
    if (const std::string by = text_in(record, "superseded_by"); !by.empty()) {
        std::cout << "  superseded by " << by;
    }
    if (const std::string error = text_in(record, "error"); !error.empty()) {
        std::cout << "\n    " << engine::shown_text(error);
    }
    std::cout << "\n";
}

// One that was sent and could not be understood.
void print_sent(const JsonNode& record) {
    const std::string pointer = text_in(record, "pointer");
    const std::string sequence = text_in(record, "sequence");
    const std::string by = text_in(record, "by");
    std::cout << text_in(record, "position");
    if (!sequence.empty()) std::cout << "  sequence number " << engine::shown_text(sequence);
    std::cout << "  " << text_in(record, "bytes") << " bytes  " << text_in(record, "since");
    if (!by.empty()) std::cout << "  by " << engine::shown_text(by);
    std::cout << "\n    " << engine::shown_text(pointer) << (pointer.empty() ? "" : ": ")
              << engine::shown_text(text_in(record, "error")) << "\n";
}

void print_records(const JsonNode& body, std::string_view name) {
    const JsonNode* records = body.find(name);
    if (records == nullptr) return;
    for (const JsonNode& record : *records) {
        if (record.find("position") != nullptr) {
            print_sent(record);
        } else {
            print_record(record);
        }
    }
}

int say_malformed() {
    return say_fault(command, "the server's answer is not what this release expects");
}

int list(const ParkedOptions& options) {
    std::string after = "0";
    std::size_t count = 0;
    while (true) {
        const auto body =
            ask(options, "GET",
                target_of(options, std::nullopt, {{"after", after}, {"limit", "1000"}}));
        if (!body) return body.error();
        const auto page = JsonDocument::parse(*body);
        if (!page) return say_malformed();
        const JsonNode* records = page->root().find("parked");
        if (records == nullptr) return say_malformed();
        count += records->size();
        print_records(page->root(), "parked");
        after = text_in(page->root(), "next");
        if (after.empty()) break;
    }
    if (count == 0 && is_of_sent(options)) {
        std::cout << "no record that was sent is parked\n";
    } else if (count == 0) {
        std::cout << "nothing is parked for function " << options.function << "\n";
    }
    return exit_done;
}

int show(const ParkedOptions& options) {
    const auto body = ask(options, "GET", target_of(options, options.records.front()));
    if (!body) return body.error();
    std::cout << *body;
    return exit_done;
}

// What was sent is no function's to take.
int refuse_for_sent(const ParkedOptions& options) {
    const std::string record =
        options.records.empty() ? "POSITION" : std::to_string(options.records.front());
    say_fault(command,
              "a record that was sent is handed in again, once it is mended, by POST "
              "/records: freshet parked show /records " +
                  record + " has its text; and then: freshet parked drop /records " + record);
    return exit_usage;
}

int edit(const ParkedOptions& options) {
    if (is_of_sent(options)) return refuse_for_sent(options);
    const auto content =
        options.file == "-"
            ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}))
            : engine::read_text_file(options.file);
    if (!content) {
        say_fault(command, content.error().message);
        return exit_usage;
    }
    const auto body = ask(options, "PUT", target_of(options, options.records.front()), *content);
    if (!body) return body.error();
    std::cout << *body;
    return exit_done;
}

// One request of an order, which is about 1,000 records at most.
std::string order_of(const ParkedOptions& options, std::string_view action, bool is_dry_run,
                     const std::string& after) {
    std::string json = R"({"do":")" + std::string(action) + '"';
    if (options.all) {
        json += R"(,"all":true,"after":)" + after;
    } else {
        json += R"(,"records":[)";
        for (const std::uint64_t record : options.records) {
            if (json.back() != '[') json += ',';
            json += std::to_string(record);
        }
        json += ']';
    }
    if (options.superseded) json += R"(,"superseded":true)";
    if (is_dry_run) json += R"(,"dry_run":true)";
    return json + '}';
}

struct Counts {
    std::uint64_t done = 0;
    std::uint64_t superseded = 0;
    std::uint64_t held = 0;
    std::uint64_t absent = 0;
};

void add(std::uint64_t& count, const JsonNode& body, std::string_view name) {
    const std::string text = text_in(body, name);
    if (!text.empty()) count += std::stoull(text);
}

// Carries the order out, page by page. Of a dry run, prints what the first page shows.
tl::expected<Counts, int> carry_out(const ParkedOptions& options, std::string_view action,
                                    bool is_dry_run) {
    Counts counts;
    std::string after = "0";
    while (true) {
        const auto body = ask(options, "POST", target_of(options, std::nullopt),
                              order_of(options, action, is_dry_run, after));
        if (!body) return tl::unexpected(body.error());
        const auto page = JsonDocument::parse(*body);
        if (!page) return tl::unexpected(say_malformed());
        if (is_dry_run && after == "0") {
            print_records(page->root(), "records");
            print_records(page->root(), "superseded_records");
        }
        add(counts.done, page->root(), action == "drop" ? "dropped" : "again");
        add(counts.superseded, page->root(), "superseded");
        add(counts.held, page->root(), "held");
        add(counts.absent, page->root(), "absent");
        after = text_in(page->root(), "next");
        if (after.empty()) return counts;
    }
}

void print_counts(const Counts& counts, std::string_view done) {
    std::cout << done << ' ' << engine::quantity(counts.done, "record") << "\n";
    if (counts.superseded > 0) {
        std::cout << engine::quantity(counts.superseded,
                                      "left alone, as its item has changed since: --superseded "
                                      "takes it",
                                      "left alone, as their items have changed since: "
                                      "--superseded takes them")
                  << "\n";
    }
    if (counts.held > 0) {
        std::cout << engine::quantity(counts.held,
                                      "waits for an earlier one of its item, and follows it",
                                      "wait for earlier ones of their items, and follow these")
                  << "\n";
    }
    if (counts.absent > 0) {
        std::cout << engine::quantity(counts.absent, "is not parked", "are not parked") << "\n";
    }
}

int order(const ParkedOptions& options, std::string_view action) {
    if (is_of_sent(options) && action != "drop") return refuse_for_sent(options);
    if (options.records.empty() == !options.all) {
        say_fault(command, "needs the records' numbers, or --all");
        return exit_usage;
    }
    const bool is_dry_run = options.all && !options.yes;
    const auto counts = carry_out(options, action, is_dry_run);
    if (!counts) return counts.error();
    const bool drops = action == "drop";
    if (is_dry_run) {
        print_counts(*counts, drops ? "would drop" : "would hand over again");
        std::cout << "to do so: --yes\n";
        return exit_done;
    }
    print_counts(*counts, drops ? "dropped" : "handing over again");
    return counts->absent > 0 ? exit_fault : exit_done;
}

constexpr const char* footer = R"(
A record that a function has not taken, after its attempts or its age, is parked: kept with its
content, its error and its attempts, while the rest continues. `list` names them by their positions.
`again` hands them over once more, `edit` says as what, and `drop` gives them up. With --all, the
last two show what they would do, and do it with --yes.

A record that was sent to the server with ?bad=park and could not be understood is parked, too: kept
as it came, with what is wrong with it. /records in place of NAME is for these: `list`, `show` and
`drop`. One that was mended is sent to POST /records like any other.

Examples:
  freshet parked list word-count
  freshet parked show word-count 42
  freshet parked again word-count 42 57
  freshet parked again word-count --all --yes
  freshet parked show word-count 42 | jq .content > record.json
  freshet parked edit word-count 42 --file record.json
  freshet parked drop word-count 42
  freshet parked list /records
  freshet parked show /records 42
  freshet parked drop /records --all --yes)";

}  // namespace

Run parked_command(CLI::App& app) {
    const auto options = std::make_shared<ParkedOptions>();
    const auto run = std::make_shared<Run>();
    app.require_subcommand(1);
    app.footer(footer);
    const auto add_command = [&](const char* name, const char* summary, Run own) {
        CLI::App* sub = app.add_subcommand(name, summary);
        sub->add_option("function", options->function,
                        "The function; or /records, for records that were sent")
            ->required()
            ->type_name("NAME");
        add_server_option(*sub, options->server);
        sub->callback([run, own = std::move(own)] { *run = own; });
        return sub;
    };
    const auto add_record = [&](CLI::App* sub) {
        sub->add_option("record", options->records, "Its position")
            ->required()
            ->expected(1)
            ->type_name("RECORD");
    };
    const auto add_records = [&](CLI::App* sub) {
        auto* records =
            sub->add_option("record", options->records, "Their positions")->type_name("RECORD");
        sub->add_flag("--all", options->all, "All of them")->excludes(records);
        sub->add_flag("--yes", options->yes, "Do it, rather than show what would be done");
    };
    add_command("list", "Name them", [options] { return list(*options); });
    add_record(
        add_command("show", "Print one, with its content", [options] { return show(*options); }));
    CLI::App* again = add_command("again", "Hand them over once more",
                                  [options] { return order(*options, "again"); });
    add_records(again);
    again->add_flag("--superseded", options->superseded,
                    "Also those whose items have changed since");
    CLI::App* edited = add_command("edit", "Say as what one is to be handed over",
                                   [options] { return edit(*options); });
    add_record(edited);
    edited->add_option("--file", options->file, "A file that has the record; -: standard input")
        ->required()
        ->type_name("FILE");
    add_records(add_command("drop", "Give them up", [options] { return order(*options, "drop"); }));
    return [run] { return (*run)(); };
}

}  // namespace freshet::tools
