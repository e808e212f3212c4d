// The program: reads the command line and runs one command.

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "engine/version.h"
#include "tools/adopt_command.h"
#include "tools/append_command.h"
#include "tools/check_command.h"
#include "tools/exit_code.h"
#include "tools/get_command.h"
#include "tools/import_command.h"
#include "tools/keygen_command.h"
#include "tools/parked_command.h"
#include "tools/rebuild_command.h"
#include "tools/revoke_command.h"
#include "tools/serve_command.h"
#include "tools/status_command.h"
#include "tools/tail_command.h"
#include "tools/token_command.h"
#include "tools/write_commands.h"

namespace freshet::tools {

namespace {

// In the order in which --help names them.
constexpr std::array commands{
    Command{"serve", "Serve a data folder over HTTP", serve_command},
    Command{"append", "Append the records of a file", append_command},
    Command{"import", "Import the items of an exported table", import_command},
    Command{"tail", "Print events as they happen", tail_command},
    Command{"get", "Print an item, a list or a total", get_command},
    Command{"put", "Write an item", put_command},
    Command{"patch", "Merge into an item", patch_command},
    Command{"update", "Add to the numbers, sets and lists of an item", update_command},
    Command{"delete", "Remove an item", delete_command},
    Command{"transact", "Write several items, all or none", transact_command},
    Command{"status", "Say how a server is doing", status_command},
    Command{"parked", "See to records that are kept aside: not taken, or not understood",
            parked_command},
    Command{"adopt", "Let a table take from one more stream", adopt_command},
    Command{"revoke", "End tokens before they expire", revoke_command},
    Command{"rebuild", "Fold the log into a new state, or check the one there is", rebuild_command},
    Command{"check", "Check a configuration file", check_command},
    Command{"keygen", "Make a key for [auth]", keygen_command},
    Command{"token", "Sign a token, without a server", token_command},
};

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

int run(int argc, char** argv) {
    CLI::App app(about, "freshet");
    app.set_version_flag("--version", "freshet " + std::string(engine::version()));
    app.require_subcommand(1);
    app.footer(footer);

    std::vector<std::pair<const CLI::App*, Run>> prepared;
    for (const Command& command : commands) {
        CLI::App* own = app.add_subcommand(command.name, command.summary);
        prepared.emplace_back(own, command.prepare(*own));
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    }
    for (const auto& [command, run_command] : prepared) {
        if (command->parsed()) return run_command();
    }
    return exit_usage;
}

}  // namespace

}  // namespace freshet::tools

int main(int argc, char** argv) {
    try {
        return freshet::tools::run(argc, argv);
    } catch (const std::exception& error) {
        std::fputs("freshet: ", stderr);
        std::fputs(error.what(), stderr);
        std::fputs("\n", stderr);
        return freshet::tools::exit_fault;
    }
}
