#include "engine/functions/function_answer.h"

#include <algorithm>
#include <utility>

#include "engine/text/excerpt.h"
#include "engine/text/json.h"

namespace freshet::engine {
namespace {

FunctionAnswer whole_batch(std::string error) {
    return {.failed = 0, .error = std::move(error)};
}

// Lambda's Runtime Interface Emulator, and the service's own path of invocations.
bool is_lambda_path(std::string_view target) {
    return target.starts_with("/2015-03-31/functions/");
}

// What a handler threw, by the body that Lambda makes of it; empty if it did not.
std::string thrown(const JsonNode& root) {
    const JsonNode* type = root.find("errorType");
    const JsonNode* message = root.find("errorMessage");
    if (type == nullptr && message == nullptr) return {};
    std::string text = "the handler threw";
    for (const JsonNode* part : {type, message}) {
        if (part != nullptr && part->is(JsonType::string)) text += ' ' + excerpt(part->text());
    }
    return text;
}

std::optional<std::size_t> index_in(const std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

// Which record of the batch the failure names, or what is wrong with it.
FunctionAnswer read_failure(const JsonNode& failure, const std::vector<std::string>& identifiers,
                            const std::vector<std::string>& event_ids) {
    const JsonNode* name = failure.find("itemIdentifier");
    if (name == nullptr) {
        return whole_batch("a batchItemFailure has no itemIdentifier");
    }
    if (!name->is(JsonType::string) || name->text().empty()) {
        return whole_batch("an itemIdentifier is no text, or an empty one");
    }
    auto index = index_in(identifiers, name->text());
    if (!index) index = index_in(event_ids, name->text());
    if (!index) {
        return whole_batch("the itemIdentifier '" + excerpt(name->text()) +
                           "' is of no record of the batch");
    }
    return {.failed = *index, .is_partial = true, .error = "the answer names it as failed"};
}

FunctionAnswer read_report(const JsonNode& root, const std::vector<std::string>& identifiers,
                           const std::vector<std::string>& event_ids) {
    if (root.is(JsonType::null)) return {};
    if (!root.is(JsonType::object)) {
        return whole_batch("the answer is no object with batchItemFailures");
    }
    const JsonNode* failures = root.find("batchItemFailures");
    if (failures == nullptr || failures->is(JsonType::null)) return {};
    if (!failures->is(JsonType::array)) return whole_batch("batchItemFailures is no list");
    FunctionAnswer lowest;
    for (const JsonNode& failure : *failures) {
        FunctionAnswer next = read_failure(failure, identifiers, event_ids);
        if (!next.is_partial) return next;
        if (!lowest.failed || *next.failed < *lowest.failed) lowest = std::move(next);
    }
    return lowest;
}

bool is_blank(std::string_view body) {
    return body.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The answer to a call in a tumbling window.
FunctionAnswer read_state(const FunctionReply& reply, const Function& function,
                          const std::vector<std::string>& identifiers,
                          const std::vector<std::string>& event_ids) {
    if (reply.ends_window && is_blank(reply.body)) return {};
    const auto document = JsonDocument::parse(std::string(reply.body));
    if (!document) return whole_batch("the answer is no JSON: " + excerpt(reply.body));
    const JsonNode& root = document->root();
    if (std::string error = thrown(root); !error.empty()) return whole_batch(std::move(error));
    const bool may_name = function.reports_failures && !identifiers.empty();
    FunctionAnswer answer;
    if (may_name) answer = read_report(root, identifiers, event_ids);
    if (reply.ends_window) return answer;
    const JsonNode* state = root.find("state");
    if (state == nullptr || !state->is(JsonType::object)) {
        return whole_batch("the answer has no state, which a tumbling window carries on");
    }
    append_json(answer.state, *state);
    return answer;
}

}  // namespace

FunctionAnswer no_answer(std::string error, bool counts) {
    return {.failed = 0, .is_attempt = counts, .error = std::move(error)};
}

FunctionAnswer read_answer(const Function& function, const FunctionReply& reply,
                           const std::vector<std::string>& identifiers,
                           const std::vector<std::string>& event_ids) {
    const bool is_success = reply.status >= 200 && reply.status < 300;
    if (!is_success) {
        FunctionAnswer answer = whole_batch("answered " + std::to_string(reply.status));
        if (reply.status >= 300 && reply.status < 400) {
            answer.error += ", and redirects are not followed";
        } else if (!is_blank(reply.body)) {
            answer.error += ": " + excerpt(reply.body);
        }
        answer.is_attempt = reply.status != 429 && reply.status != 503;
        answer.retry_after = reply.retry_after;
        return answer;
    }
    const bool is_process = !function.command.empty();
    const bool is_lambda = is_process || is_lambda_path(function.url.target);
    if (reply.says_error) {
        return whole_batch("the handler failed" +
                           (is_blank(reply.body) ? std::string() : ": " + excerpt(reply.body)));
    }
    if (function.tumbling_window) return read_state(reply, function, identifiers, event_ids);
    if (is_blank(reply.body) || (!function.reports_failures && !is_lambda)) return {};
    const auto document = JsonDocument::parse(std::string(reply.body));
    if (!document) {
        return function.reports_failures || is_process
                   ? whole_batch("the answer is no JSON: " + excerpt(reply.body))
                   : FunctionAnswer{};
    }
    if (is_lambda) {
        if (std::string error = thrown(document->root()); !error.empty()) {
            return whole_batch(std::move(error));
        }
    }
    if (!function.reports_failures) return {};
    return read_report(document->root(), identifiers, event_ids);
}

}  // namespace freshet::engine
