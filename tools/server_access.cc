#include "tools/server_access.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "engine/text/shown_text.h"
#include "http/messages/request.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"

namespace freshet::tools {

namespace {

// As a file read into the variable has it: perhaps with the end of its line.
Result<std::string> token_of_environment() {
    const char* variable = std::getenv("FRESHET_TOKEN");  // NOLINT(concurrency-mt-unsafe)
    std::string_view token = variable == nullptr ? "" : variable;
    while (token.ends_with('\n') || token.ends_with('\r')) token.remove_suffix(1);
    token = http::trim(token);
    const bool fits = std::all_of(token.begin(), token.end(),
                                  [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (fits) return std::string(token);
    return fail(Errc::refused, "FRESHET_TOKEN holds bytes that no token has, such as a space");
}

// The file of the certificates that are believed; empty: the system's.
std::string authorities_of_environment() {
    const char* variable = std::getenv("FRESHET_CA");  // NOLINT(concurrency-mt-unsafe)
    return variable == nullptr ? std::string() : variable;
}

}  // namespace

void add_server_option(CLI::App& app, ServerAccess& access) {
    const auto check = [](const std::string& text) {
        const auto url = http::parse_server_url(text);
        return url ? std::string() : url.error().message;
    };
    app.add_option("--server", access.url, "The server's address")
        ->envname("FRESHET_SERVER")
        ->check(CLI::Validator(check, ""))
        ->capture_default_str()
        ->type_name("URL");
}

Result<http::Client> make_client(const ServerAccess& access, http::ClientDeadlines deadlines) {
    auto url = http::parse_server_url(access.url);
    if (!url) return fail(url.error());
    auto token = token_of_environment();
    if (!token) return fail(token.error());
    return http::Client(*std::move(url), *std::move(token), deadlines,
                        authorities_of_environment());
}

std::string advised_fault(const http::ClientAnswer& answer) {
    std::string text = answer.fault();
    if (answer.status == 401) text += "; put a valid token into FRESHET_TOKEN";
    return text;
}

std::string fault_text(const engine::JsonNode& fault) {
    const std::string_view pointer = text_member(fault, "pointer").value_or("");
    const std::string place = pointer.empty() ? "" : engine::shown_text(pointer) + ": ";
    return place + engine::shown_text(text_member(fault, "detail").value_or("it is refused"));
}

int say_refusal(std::string_view command, const http::ClientAnswer& answer) {
    const auto problem = engine::JsonDocument::parse(answer.body);
    const engine::JsonNode* errors = problem ? problem->root().find("errors") : nullptr;
    if (errors != nullptr && errors->is(engine::JsonType::array)) {
        for (const engine::JsonNode& fault : *errors) say_fault(command, fault_text(fault));
    }
    return say_fault(command, advised_fault(answer));
}

int say_fault(std::string_view command, std::string_view what) {
    std::cerr << "freshet " << command << ": " << engine::shown_text(what) << "\n";
    return exit_fault;
}

}  // namespace freshet::tools
