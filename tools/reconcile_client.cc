#include "tools/reconcile_client.h"

#include <array>
#include <iostream>
#include <thread>
#include <utility>

#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "http/messages/target.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/server_access.h"

namespace freshet::tools {
namespace {

using engine::JsonDocument;
using engine::JsonNode;

constexpr const char* command = "import";
constexpr std::chrono::milliseconds poll_interval{200};

struct Finding {
    const char* name;  // as the server counts it
    const char* meaning;
};
constexpr std::array findings{
    Finding{"added", "only the export has them"},
    Finding{"replaced", "the export has another image"},
    Finding{"removed", "the export does not have them"},
    Finding{"unchanged", "even already"},
    Finding{"newer", "the stream told of them after the export: left as they are"},
    Finding{"undated", "they differ, and their records have no time: left as they are"},
};

std::string number_of(const JsonNode& status, std::string_view name) {
    return std::to_string(number_member(status, name).value_or(0));
}

std::string phase_of(const JsonNode& status) {
    return std::string(text_member(status, "phase").value_or(""));
}

void print_samples(const JsonNode& status, const char* finding) {
    const JsonNode* samples = object_member(status, "samples");
    const JsonNode* keys = samples != nullptr ? samples->find(finding) : nullptr;
    if (keys == nullptr) return;
    for (const JsonNode& key : *keys) {
        std::cout << "             " << engine::shown_text(key.text()) << "\n";
    }
    const std::uint64_t count = number_member(status, finding).value_or(0);
    if (count > keys->size()) {
        std::cout << "             and " << count - keys->size() << " more\n";
    }
}

void print_findings(const JsonNode& status) {
    std::cout << engine::quantity(number_member(status, "exported").value_or(0), "item")
              << " in the export of " << text_member(status, "as_of").value_or("") << ", "
              << number_of(status, "present") << " in the table\n";
    for (const Finding& finding : findings) {
        const std::string count = number_of(status, finding.name);
        const std::size_t width = count.size() < 10 ? 10 - count.size() : 0;
        std::cout << std::string(width, ' ') << count << " " << finding.name << ": "
                  << finding.meaning << "\n";
        print_samples(status, finding.name);
    }
}

}  // namespace

ReconcileClient::ReconcileClient(std::string table, http::Client client,
                                 std::chrono::seconds timeout)
    : table_(std::move(table)), client_(std::move(client)), timeout_(timeout), progress_(command) {}

std::string ReconcileClient::target() const {
    std::string target = "/tables/";
    http::append_percent_encoded(target, table_);
    target += "/reconciliations";
    if (!id_.empty()) target += "/" + id_;
    return target;
}

// Asks again while the server is busy or cannot be reached.
Result<http::ClientAnswer> ReconcileClient::exchange(const http::ClientRequest& request) {
    const auto deadline = std::chrono::steady_clock::now() + timeout_;
    while (true) {
        auto answer = client_.exchange(request);
        const bool may_pass = answer ? answer->status == 503 || answer->status == 429
                                     : answer.error().code == Errc::unavailable;
        if (!may_pass || std::chrono::steady_clock::now() >= deadline) return answer;
        std::this_thread::sleep_for(poll_interval);
    }
}

// Nothing if it has failed, which has been said then.
std::optional<JsonDocument> ReconcileClient::ask(std::string_view method, const std::string& target,
                                                 const std::string& body) {
    http::ClientRequest request{.method = method, .target = target};
    if (!body.empty()) {
        request.headers = {{"Content-Type", "application/json"}};
        request.body = body;
    }
    const auto answer = exchange(request);
    if (!answer) {
        say_fault(command, answer.error().message);
        return std::nullopt;
    }
    // To run what runs already is as good: the answer to the first request was lost.
    const bool is_at_work = answer->status == 409 && !id_.empty();
    if (answer->status != 200 && answer->status != 201 && !is_at_work) {
        say_refusal(command, *answer);
        return std::nullopt;
    }
    answer_ = answer->body;
    auto document = JsonDocument::parse(answer->body);
    if (document) return *std::move(document);
    say_fault(command, "the answer is no JSON: " + document.error().message);
    return std::nullopt;
}

bool ReconcileClient::begin(const ReconcileOptions& options) {
    std::string body = R"({"as_of":)";
    engine::append_json_string(body, options.as_of);
    body += R"(,"events":)" + std::string(options.told ? "true" : "false");
    if (!options.export_of.empty()) {
        body += R"(,"export_of":)";
        engine::append_json_string(body, options.export_of);
    }
    const auto begun = ask("POST", target(), body + '}');
    if (!begun) return false;
    id_ = text_member(begun->root(), "id").value_or("");
    if (!id_.empty()) return true;
    say_fault(command, "the answer names no reconciliation");
    return false;
}

int ReconcileClient::run(const ReconcileOptions& options, bool as_json) {
    std::string body = R"({"dry_run":)" + std::string(options.is_dry ? "true" : "false");
    if (options.removals_max) {
        body += R"(,"removals":)" + std::to_string(*options.removals_max);
    }
    if (!ask("POST", target(), body + '}')) return exit_fault;
    const auto status = wait_for_end();
    if (!status) return exit_fault;
    if (as_json) {
        std::cout << answer_;
    } else {
        print_findings(status->root());
    }
    const std::string phase = phase_of(status->root());
    std::string why(text_member(status->root(), "detail").value_or(""));
    const std::string hint = why.empty() ? "" : "; " + why + " (--removals)";
    if (phase == "done") return exit_done;
    if (phase == "counted" || phase == "refused") give_up();
    if (phase == "counted") {
        if (!as_json) std::cout << "nothing was written (--dry-run)" << hint << "\n";
        return exit_done;
    }
    if (phase == "refused") why += " (--removals); nothing was written";
    return say_fault(command, why);
}

// Nothing if the server does not answer any more, which has been said then.
std::optional<JsonDocument> ReconcileClient::wait_for_end() {
    while (true) {
        auto status = ask("GET", target(), {});
        if (!status) return std::nullopt;
        const std::string phase = phase_of(status->root());
        if (phase != "counting" && phase != "applying") {
            progress_.clear();
            return status;
        }
        progress_.update(
            [&] { return phase + ", " + number_of(status->root(), "percent") + " %"; });
        std::this_thread::sleep_for(poll_interval);
    }
}

void ReconcileClient::give_up() {
    const auto ended = client_.exchange({.method = "DELETE", .target = target()});
    if (!ended) progress_.notice(ended.error().message);
}

}  // namespace freshet::tools
