// The program: reads the command line and runs one command.
//
// serve builds the parts in the order of the data path: configuration, engine (with the data
// folder), server.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "engine/version.h"
#include "tools/append_command.h"
#include "tools/check_command.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/get_command.h"
#include "tools/import_command.h"
#include "tools/keygen_command.h"
#include "tools/rebuild_command.h"
#include "tools/serve_command.h"
#include "tools/status_command.h"
#include "tools/tail_command.h"
#include "tools/token_command.h"

namespace freshet::tools {

namespace {

constexpr const char* about =
    "Change records in, views that are always fresh out. One process, one folder of data.";

constexpr const char* footer = R"(
Examples:
  freshet check freshet.toml
  freshet serve --config freshet.toml
  freshet import --table orders AWSDynamoDB/01700000000000-0a1b2c3d
  freshet append records.jsonl
  freshet get order 7c9e6679
  freshet tail

What talks to a running server takes its address from --server or FRESHET_SERVER, and the token, if
it wants one, from FRESHET_TOKEN. By https://, the server has to show a certificate that the system
believes, or the file in FRESHET_CA.

Exit codes: 0 done, 1 found a fault, 2 used wrongly, 3 the log lacks records that were acknowledged.)";

constexpr const char* serve_footer = R"(
Listens where the configuration says (server.listen) and stops on SIGTERM or SIGINT: requests that
are under way are finished first. A second signal ends the process at once; nothing that was
acknowledged is lost. SIGHUP has it read [auth] and its certificate again, so a terminal that is
closed does not end it.

Example:
  freshet serve --config freshet.toml)";

constexpr const char* keygen_footer = R"(
Writes the key into a file of its own that only you can read, and prints what belongs into the
configuration. The key of a machine is shown by a program, as FRESHET_TOKEN for instance; the
configuration has only its SHA-256.

Examples:
  freshet keygen 2026-11.pem
  freshet keygen --kind machine forwarder.key)";

constexpr const char* token_footer = R"(
Prints the token on standard output. Whoever has the key may say anything in it; a server that has
sign_with makes narrower ones (POST /tokens).

Examples:
  export FRESHET_TOKEN=$(freshet token --key 2026-11.pem --id 2026-11 --role admin --ttl 600)
  freshet token --key 2026-11.pem --id 2026-11 --sub ann --role customer --grant read:my-orders)";

constexpr const char* check_footer = R"(
Prints tables, views, lists, totals and events with their paths, or each mistake with its
line. The files and variables that hold keys and the certificate are not read: a file is right or
wrong wherever it is checked, and serve says at its start what is amiss with them.

Example:
  freshet check freshet.toml)";

constexpr const char* append_footer = R"(
One record a line (NDJSON), plain or packed by gzip. What a server could not take at once is sent
again, and the whole may be run again: a record that was appended before is then a duplicate.

Examples:
  freshet append records.jsonl
  freshet append export.jsonl.gz --table orders
  producer | freshet append -)";

constexpr const char* import_footer = R"(
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

constexpr const char* rebuild_footer = R"(
For a server that is stopped. The state, everything that can be read, is folded out of the log
again, beside the one that is there, and then takes its place. To interrupt it is safe at any
moment. It is never needed after a change of the configuration, which the server takes in while it
runs; it is for a state that nobody trusts.

With --check nothing is put in place: the new state is compared with the one that is there, byte by
byte. Exit code 0 if they are the same, 1 if not, with what differs.

With --dry-run nothing is put in place: give it a changed configuration, and it says which items
would enter or leave each list, and which groups each total.

Examples:
  freshet rebuild --config freshet.toml
  freshet rebuild --config freshet.toml --check
  freshet rebuild --config changed.toml --dry-run)";

constexpr const char* tail_footer = R"(
Prints one line for each event, until it is interrupted: its id, its type and its data. Options that
may be given more than once let through what fits any of theirs, and all of them. When the server
cannot be reached any more, it is tried again for ever, and nothing is missed or printed twice.

Examples:
  freshet tail
  freshet tail --type order-status-updated --type new-order --json
  freshet tail --table orders --key 7c9e6679
  freshet tail --records --from earliest --count 10
  freshet tail --from 5f3c.1042)";

constexpr const char* get_footer = R"(
Prints the item of a view, a page of a list, or a group of a total, as the server's JSON. A key of
several parts is several arguments, and a list in partitions takes the partition. Put -- before a
key that begins with a dash.

Examples:
  freshet get order 7c9e6679
  freshet get my-orders alice --limit 10
  freshet get all-orders --all
  freshet get order --min-position 1042 -- -7)";

constexpr const char* status_footer = R"(
Exit code 1 if the server cannot be reached or is not ready.

Examples:
  freshet status
  freshet status --server http://127.0.0.1:8081 --json)";

void add_server(CLI::App& app, ServerAccess& server) {
    const auto check = [](const std::string& text) {
        const auto url = http::parse_server_url(text);
        return url ? std::string() : url.error().message;
    };
    app.add_option("--server", server.url, "The server's address")
        ->envname("FRESHET_SERVER")
        ->check(CLI::Validator(check, ""))
        ->capture_default_str()
        ->type_name("URL");
}

CLI::App* add_serve(CLI::App& app, ServeOptions& options) {
    CLI::App* serve_app = app.add_subcommand("serve", "Serve a data folder over HTTP");
    serve_app->add_option("--config", options.config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    serve_app->add_flag("--accept-loss", options.accept_loss,
                        "Go on with a log that lacks records that were acknowledged");
    serve_app->footer(serve_footer);
    return serve_app;
}

CLI::App* add_check(CLI::App& app, std::string& config_path) {
    CLI::App* check_app = app.add_subcommand("check", "Check a configuration file");
    check_app->add_option("config", config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    check_app->footer(check_footer);
    return check_app;
}

void add_timeout(CLI::App& app, std::chrono::seconds& timeout) {
    constexpr std::int64_t day = 24L * 60 * 60;
    app.add_option_function<std::int64_t>(
           "--timeout",
           [&timeout](std::int64_t seconds) { timeout = std::chrono::seconds(seconds); },
           "Give up after so many seconds without progress (60)")
        ->check(CLI::Range(std::int64_t{1}, day).description(""))
        ->type_name("SECONDS");
}

CLI::App* add_append(CLI::App& app, AppendOptions& options) {
    CLI::App* append_app = app.add_subcommand("append", "Append the records of a file");
    append_app->add_option("file", options.file, "NDJSON, or - for standard input")
        ->required()
        ->type_name("FILE");
    append_app->add_option("--table", options.table, "The table of all of them")->type_name("NAME");
    add_timeout(*append_app, options.timeout);
    append_app->add_flag("--json", options.json, "Print the sum as JSON");
    add_server(*append_app, options.server);
    append_app->footer(append_footer);
    return append_app;
}

CLI::App* add_import(CLI::App& app, ImportOptions& options) {
    CLI::App* import_app = app.add_subcommand("import", "Import the items of an exported table");
    import_app
        ->add_option("path", options.paths,
                     "Data files or folders of exports, or - for standard input")
        ->required()
        ->type_name("PATH");
    import_app->add_option("--table", options.table, "The table whose items they are")
        ->required()
        ->type_name("NAME");
    add_timeout(*import_app, options.timeout);
    import_app->add_flag("--json", options.json, "Print the sum as JSON");
    add_server(*import_app, options.server);
    import_app->footer(import_footer);
    return import_app;
}

CLI::App* add_rebuild(CLI::App& app, RebuildOptions& options) {
    CLI::App* rebuild_app =
        app.add_subcommand("rebuild", "Fold the log into a new state, or check the one there is");
    rebuild_app->add_option("--config", options.config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    CLI::Option* check =
        rebuild_app->add_flag("--check", options.check, "Only compare it with the state there is");
    rebuild_app
        ->add_flag("--dry-run", options.dry_run,
                   "Only say what it would change in lists and totals")
        ->excludes(check);
    rebuild_app->footer(rebuild_footer);
    return rebuild_app;
}

CLI::App* add_tail(CLI::App& app, TailOptions& options) {
    CLI::App* tail_app = app.add_subcommand("tail", "Print events as they happen");
    CLI::Option* type = tail_app->add_option("--type", options.types, "Only events of this type");
    CLI::Option* topic =
        tail_app->add_option("--topic", options.topics, "Only events of this topic");
    CLI::Option* key = tail_app->add_option("--key", options.keys, "Only of the item of this key");
    CLI::Option* table = tail_app->add_option("--table", options.tables, "Only of this table");
    for (CLI::Option* option : {type, topic, key, table}) {
        option->type_name("NAME")->allow_extra_args(false);
    }
    CLI::Option* records =
        tail_app->add_flag("--records", options.records, "The records of the log, not events");
    CLI::Option* events = tail_app->add_flag("--events")->description("Events (as without it)");
    for (CLI::Option* option : {type, topic, key, events}) records->excludes(option);
    tail_app->add_option("--from", options.from, "earliest, latest, or after this id")
        ->capture_default_str()
        ->type_name("ID");
    tail_app->add_option("--count", options.count, "End after so many")
        ->check(
            CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()).description(""))
        ->type_name("N");
    tail_app->add_flag("--json", options.json, "One JSON object a line");
    add_server(*tail_app, options.server);
    tail_app->footer(tail_footer);
    return tail_app;
}

CLI::App* add_get(CLI::App& app, GetOptions& options) {
    CLI::App* get_app = app.add_subcommand("get", "Print an item, a list or a total");
    get_app->add_option("view", options.view, "The view, list or total")
        ->required()
        ->type_name("VIEW");
    get_app->add_option("key", options.key, "The key, part by part")->type_name("KEY");
    get_app->add_option("--limit", options.limit, "How many items of a list, on a page")
        ->type_name("N");
    get_app->add_option("--order", options.order, "asc or desc, by a list's first sort attribute")
        ->check(CLI::IsMember({"asc", "desc"}).description(""))
        ->type_name("ORDER");
    get_app
        ->add_option("--since", options.since, "Items whose first sort attribute is this or more")
        ->type_name("VALUE");
    get_app
        ->add_option("--until", options.until, "Items whose first sort attribute is less than this")
        ->type_name("VALUE");
    get_app->add_option("--cursor", options.cursor, "The page after this, as `next` said")
        ->type_name("CURSOR");
    get_app->add_option("--min-position", options.min_position, "Not before this has happened")
        ->type_name("POSITION");
    get_app->add_flag("--all", options.all, "Every page of a list: one item a line");
    add_server(*get_app, options.server);
    get_app->footer(get_footer);
    return get_app;
}

CLI::App* add_status(CLI::App& app, StatusOptions& options) {
    CLI::App* status_app = app.add_subcommand("status", "Say how a server is doing");
    status_app->add_flag("--json", options.json, "Print the server's JSON");
    add_server(*status_app, options.server);
    status_app->footer(status_footer);
    return status_app;
}

CLI::App* add_keygen(CLI::App& app, KeygenOptions& options) {
    CLI::App* keygen_app = app.add_subcommand("keygen", "Make a key for [auth]");
    const std::map<std::string, KeyKind> kinds = {
        {"ed25519", KeyKind::ed25519}, {"secret", KeyKind::secret}, {"machine", KeyKind::machine}};
    keygen_app
        ->add_option("--kind", options.kind,
                     "ed25519 (a pair), secret (HS256) or machine (a static key) (ed25519)")
        ->transform(CLI::CheckedTransformer(kinds).description(""))
        ->type_name("KIND");
    keygen_app->add_option("file", options.file, "Where the key goes; must not be there yet")
        ->required()
        ->type_name("FILE");
    keygen_app->footer(keygen_footer);
    return keygen_app;
}

CLI::App* add_token(CLI::App& app, TokenOptions& options) {
    CLI::App* token_app = app.add_subcommand("token", "Sign a token, without a server");
    token_app->add_option("--key", options.key_file, "The private key or the secret")
        ->required()
        ->type_name("FILE");
    token_app->add_option("--id", options.key_id, "The key's id in the configuration")
        ->required()
        ->type_name("ID");
    token_app->add_option("--sub", options.subject, "Whose token it is");
    token_app->add_option("--role", options.roles, "A role; as often as you like");
    token_app->add_option("--grant", options.grants,
                          "A right that narrows it, such as read:orders; as often as you like");
    token_app->add_option("--claim", options.claims, "Another claim; as often as you like")
        ->type_name("NAME=TEXT");
    token_app->add_option("--iss", options.issuer, "The issuer, if the server asks for one");
    token_app->add_option("--aud", options.audience, "The audience, if the server asks for one");
    token_app
        ->add_option_function<std::int64_t>(
            "--ttl", [&options](std::int64_t s) { options.life = std::chrono::seconds(s); },
            "For how many seconds it is good (3600)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10L * 365 * 24 * 60 * 60}).description(""))
        ->type_name("SECONDS");
    token_app->footer(token_footer);
    return token_app;
}

int run(int argc, char** argv) {
    CLI::App app(about, "freshet");
    app.set_version_flag("--version", "freshet " + std::string(engine::version()));
    app.require_subcommand(1);
    app.footer(footer);

    ServeOptions serve_options;
    std::string config_path;
    AppendOptions append_options;
    ImportOptions import_options;
    TailOptions tail_options;
    GetOptions get_options;
    StatusOptions status_options;
    RebuildOptions rebuild_options;
    const CLI::App* serve_app = add_serve(app, serve_options);
    const CLI::App* append_app = add_append(app, append_options);
    const CLI::App* import_app = add_import(app, import_options);
    const CLI::App* tail_app = add_tail(app, tail_options);
    const CLI::App* get_app = add_get(app, get_options);
    const CLI::App* status_app = add_status(app, status_options);
    const CLI::App* rebuild_app = add_rebuild(app, rebuild_options);
    KeygenOptions keygen_options;
    TokenOptions token_options;
    const CLI::App* check_app = add_check(app, config_path);
    const CLI::App* keygen_app = add_keygen(app, keygen_options);
    const CLI::App* token_app = add_token(app, token_options);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    }
    if (serve_app->parsed()) return serve(serve_options);
    if (append_app->parsed()) return append(append_options);
    if (import_app->parsed()) return import_items(import_options);
    if (tail_app->parsed()) return tail(tail_options);
    if (get_app->parsed()) return get(get_options);
    if (status_app->parsed()) return status(status_options);
    if (rebuild_app->parsed()) return rebuild(rebuild_options);
    if (keygen_app->parsed()) return keygen(keygen_options);
    if (token_app->parsed()) return token(token_options);
    return check_app->parsed() ? check(config_path) : exit_usage;
}

}  // namespace

}  // namespace freshet::tools

int main(int argc, char** argv) {
    return freshet::tools::run(argc, argv);
}
