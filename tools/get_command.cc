#include "tools/get_command.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "http/messages/target.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

struct GetOptions {
    ServerAccess server;
    std::string view;
    std::vector<std::string> key;  // of the item, or of the list's partition
    std::optional<std::uint64_t> limit;
    std::optional<std::string> order;  // asc or desc
    std::optional<std::string> since;
    std::optional<std::string> until;
    std::string cursor;
    std::optional<std::uint64_t> min_position;
    bool all = false;  // every page of a list, one item a line
};

constexpr const char* command = "get";
constexpr std::uint64_t page_items = 1'000;  // of --all: the most that a page may have

http::Target target_of(const GetOptions& options, const std::string& cursor) {
    http::Target target{.segments = {"views", options.view}, .query = {}};
    http::add_key(target, options.key);
    if (options.limit) target.query.push_back({"limit", std::to_string(*options.limit)});
    if (options.order) target.query.push_back({"order", *options.order});
    if (options.since) target.query.push_back({"since", *options.since});
    if (options.until) target.query.push_back({"until", *options.until});
    if (!cursor.empty()) target.query.push_back({"cursor", cursor});
    if (options.min_position) {
        target.query.push_back({"min_position", std::to_string(*options.min_position)});
    }
    return target;
}

// The answer's body. Fails with refused  and what can be done if the status is not 200.
Result<std::string> fetch(http::Client& client, const GetOptions& options,
                          const std::string& cursor) {
    auto answer = client.exchange({.target = http::format_target(target_of(options, cursor))});
    if (!answer) return fail(answer.error());
    if (answer->status != 200) return fail(Errc::refused, advised_fault(*answer));
    return std::move(answer->body);
}

void print(std::string_view body) {
    std::cout << body;
    if (!body.ends_with('\n')) std::cout << '\n';
}

// Prints the page's items and returns the cursor of the next; nothing if it is no page of a list.
Result<std::optional<std::string>> print_items(std::string body) {
    const auto page = engine::JsonDocument::parse(std::move(body));
    if (!page) return fail(Errc::malformed, "the answer is no JSON: " + page.error().message);
    const engine::JsonNode* items = page->root().find("items");
    const bool is_list = items != nullptr && items->is(engine::JsonType::array);
    if (!is_list) return std::nullopt;
    std::string lines;
    for (const engine::JsonNode& item : *items) {
        engine::append_json(lines, item);
        lines += '\n';
    }
    std::cout << lines << std::flush;
    return std::string(text_member(page->root(), "next").value_or(""));
}

Result<void> get_all(http::Client& client, GetOptions options) {
    if (!options.limit) options.limit = page_items;
    std::string cursor = options.cursor;
    do {
        auto body = fetch(client, options, cursor);
        if (!body) return fail(body.error());
        auto next = print_items(*std::move(body));
        if (!next) return fail(next.error());
        if (!*next) {
            return fail(Errc::refused, "'" + options.view + "' is no list; leave out --all");
        }
        cursor = **next;
    } while (!cursor.empty() && std::cout);
    return {};
}

Result<void> get_once(http::Client& client, const GetOptions& options) {
    const auto body = fetch(client, options, options.cursor);
    if (!body) return fail(body.error());
    print(*body);
    return {};
}

int get(const GetOptions& options) {
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    const auto got = options.all ? get_all(*client, options) : get_once(*client, options);
    return got ? exit_done : say_fault(command, got.error().message);
}

constexpr const char* footer = R"(
Prints the item of a view, a page of a list, or a group of a total, as the server's JSON. A key of
several parts is several arguments, and a list in partitions takes the partition. Put -- before a
key that begins with a dash.

Examples:
  freshet get order 7c9e6679
  freshet get my-orders alice --limit 10
  freshet get all-orders --all
  freshet get order --min-position 1042 -- -7)";

}  // namespace

Run get_command(CLI::App& app) {
    const auto options = std::make_shared<GetOptions>();
    app.add_option("view", options->view, "The view, list or total")->required()->type_name("VIEW");
    app.add_option("key", options->key, "The key, part by part")->type_name("KEY");
    app.add_option("--limit", options->limit, "How many items of a list, on a page")
        ->type_name("N");
    app.add_option("--order", options->order, "asc or desc, by a list's first sort attribute")
        ->check(CLI::IsMember({"asc", "desc"}).description(""))
        ->type_name("ORDER");
    app.add_option("--since", options->since, "Items whose first sort attribute is this or more")
        ->type_name("VALUE");
    app.add_option("--until", options->until, "Items whose first sort attribute is less than this")
        ->type_name("VALUE");
    app.add_option("--cursor", options->cursor, "The page after this, as `next` said")
        ->type_name("CURSOR");
    app.add_option("--min-position", options->min_position, "Not before this has happened")
        ->type_name("POSITION");
    app.add_flag("--all", options->all, "Every page of a list: one item a line");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return get(*options); };
}

}  // namespace freshet::tools
