// The program: reads the command line and runs one command.
//
// serve builds the parts in the order of the data path: configuration, engine (with the data
// folder), server.

#include <CLI/CLI.hpp>
#include <string>

#include "tools/check_command.h"
#include "tools/exit_code.h"
#include "tools/serve_command.h"

namespace freshet::tools {

namespace {

constexpr const char* version = "freshet 0.1.0";

constexpr const char* about =
    "Change records in, views that are always fresh out. One process, one folder of data.";

constexpr const char* footer = R"(
Examples:
  freshet check freshet.toml
  freshet serve --config freshet.toml

  curl -H 'Content-Type: application/json' --data-binary @records.json \
      http://127.0.0.1:8080/records
  curl http://127.0.0.1:8080/

Exit codes: 0 done, 1 found a fault, 2 used wrongly, 3 the log lacks records that were acknowledged.)";

constexpr const char* serve_footer = R"(
Listens where the configuration says (server.listen) and stops on SIGTERM or SIGINT: requests that
are under way are finished first. A second signal ends the process at once; nothing that was
acknowledged is lost.

Example:
  freshet serve --config freshet.toml)";

constexpr const char* check_footer = R"(
Prints tables, views, lists and events with their paths, or each mistake with its line.

Example:
  freshet check freshet.toml)";

int run(int argc, char** argv) {
    CLI::App app(about, "freshet");
    app.set_version_flag("--version", version);
    app.require_subcommand(1);
    app.footer(footer);

    ServeOptions serve_options;
    CLI::App* serve_app = app.add_subcommand("serve", "Serve a data folder over HTTP");
    serve_app->add_option("--config", serve_options.config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    serve_app->add_flag("--accept-loss", serve_options.accept_loss,
                        "Go on with a log that lacks records that were acknowledged");
    serve_app->footer(serve_footer);

    std::string config_path;
    CLI::App* check_app = app.add_subcommand("check", "Check a configuration file");
    check_app->add_option("config", config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    check_app->footer(check_footer);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    }
    return serve_app->parsed() ? serve(serve_options) : check(config_path);
}

}  // namespace

}  // namespace freshet::tools

int main(int argc, char** argv) {
    return freshet::tools::run(argc, argv);
}
