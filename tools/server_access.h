// How a command reaches a running server, and how it says that it did not.
//
// The token comes from the environment alone: a command line can be read by everybody on the
// machine. It is never printed. By https, FRESHET_CA names the file of the certificates that are
// believed in place of the system's.
#pragma once

#include <string>
#include <string_view>

#include "engine/text/json.h"
#include "storage/result.h"
#include "tools/client/client.h"

namespace CLI {  // NOLINT(readability-identifier-naming): as CLI11 has it
class App;
}

namespace freshet::tools {

struct ServerAccess {
    std::string url = "http://127.0.0.1:8080";
};

// Adds --server, of which FRESHET_SERVER is the default. `access` outlives the App.
void add_server_option(CLI::App& app, ServerAccess& access);

// Opens no connection yet.
// Fails with refused  if the address, or FRESHET_TOKEN, cannot be one.
Result<http::Client> make_client(const ServerAccess& access, http::ClientDeadlines deadlines = {});

// The fault of an answer that is not 200, with what can be done about it.
std::string advised_fault(const http::ClientAnswer& answer);

// "/stream: found …, expected …", of a member of a problem's `errors`.
std::string fault_text(const engine::JsonNode& fault);

// Prints the faults that such an answer names, a line each, and then what advised_fault() says.
// Returns exit_fault.
int say_refusal(std::string_view command, const http::ClientAnswer& answer);

// Prints `freshet COMMAND: what` on standard error and returns exit_fault.
int say_fault(std::string_view command, std::string_view what);

}  // namespace freshet::tools
