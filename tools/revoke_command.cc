#include "tools/revoke_command.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include "engine/text/json.h"
#include "tools/client/client.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

struct RevokeOptions {
    ServerAccess server;
    std::string subject;
    std::string token_id;
    std::int64_t expires = 0;  // of the token; 0: nobody has said
};

constexpr const char* command = "revoke";

std::string body_of(const RevokeOptions& options) {
    std::string body = options.token_id.empty() ? R"({"sub":)" : R"({"token_id":)";
    engine::append_json_string(body, options.token_id.empty() ? options.subject : options.token_id);
    if (options.expires > 0) body += R"(,"exp":)" + std::to_string(options.expires);
    return body + '}';
}

int revoke(const RevokeOptions& options) {
    if (options.subject.empty() == options.token_id.empty()) {
        say_fault(command,
                  "found both or neither of --sub and --token-id, expected one of them, and not "
                  "empty");
        return exit_usage;
    }
    auto client = make_client(options.server);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    const auto answer = client->exchange({.method = "POST",
                                          .target = "/tokens/revoke",
                                          .headers = {{"Content-Type", "application/json"}},
                                          .body = body_of(options)});
    if (!answer) return say_fault(command, answer.error().message);
    if (answer->status != 200) return say_refusal(command, *answer);
    const auto revoked = engine::JsonDocument::parse(answer->body);
    if (!revoked) return say_fault(command, "the answer is no JSON: " + revoked.error().message);
    const engine::JsonNode* position = revoked->root().find("position");
    std::cout << (options.token_id.empty() ? "the tokens of " + options.subject + " are"
                                           : "the token " + options.token_id + " is")
              << " believed no more";
    if (position != nullptr) std::cout << "; position " << position->text();
    std::cout << "\n";
    return exit_done;
}

constexpr const char* footer = R"(
For a token that was lost, or somebody who may no longer: what was begun with their tokens ends
within a second, and it stays so after a restart. Whatever makes their tokens has to refuse them
too. The id of a token is its claim jti. The key of a machine is taken out of [auth] instead.

Examples:
  freshet revoke --sub ann
  freshet revoke --token-id 3q2-7wAAAAAAAAAAAAAAAA --exp 1800003600)";

}  // namespace

Run revoke_command(CLI::App& app) {
    const auto options = std::make_shared<RevokeOptions>();
    app.add_option("--sub", options->subject, "Whose tokens: all that were issued up to now")
        ->type_name("SUB");
    app.add_option("--token-id", options->token_id, "The jti of one token")->type_name("ID");
    app.add_option("--exp", options->expires, "When that token expires, in seconds since 1970")
        ->type_name("SECONDS");
    add_server_option(app, options->server);
    app.footer(footer);
    return [options] { return revoke(*options); };
}

}  // namespace freshet::tools
