#include "http/write_routes.h"

#include <optional>
#include <string>
#include <string_view>

#include "engine/dynamodb_json.h"
#include "engine/json.h"
#include "http/query.h"

namespace freshet::http {

namespace {

// The type without its parameters, such as charset.
std::string_view media_type(std::string_view content_type) {
    return trim(content_type.substr(0, content_type.find(';')));
}

std::optional<Answer> refuse_content(const Request& request) {
    const auto encoding = request.header("Content-Encoding");
    if (encoding && !equal_ignoring_case(*encoding, "identity")) {
        return problem(415, "the body must be sent without a Content-Encoding");
    }
    const auto type = request.header("Content-Type");
    if (type && request.count("Content-Type") == 1 &&
        equal_ignoring_case(media_type(*type), "application/json")) {
        return std::nullopt;
    }
    const std::string host(request.header("Host").value_or("localhost"));
    return problem(415,
                   "the body must be of the type application/json: curl -H 'Content-Type: "
                   "application/json' --data-binary @records.json http://" +
                       host + "/records");
}

// Whether the client asks for an answer without `results` (RFC 7240).
bool prefers_minimal(const Request& request) {
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "Prefer")) continue;
        std::string_view list = field.value;
        while (const auto element = take_list_element(list)) {
            if (equal_ignoring_case(media_type(*element), "return=minimal")) return true;
        }
    }
    return false;
}

Answer refusal_answer(const engine::Refusal& refusal) {
    const std::size_t count = refusal.faults.size();
    std::string detail;
    if (count >= engine::faults_max) {
        detail = "at least " + std::to_string(count) + " faults";
    } else {
        detail = std::to_string(count) + (count == 1 ? " fault" : " faults");
    }
    return problem(422, detail + " in the records; none of them was appended", refusal.faults);
}

std::string_view name_of(engine::Outcome outcome) {
    switch (outcome) {
        case engine::Outcome::appended:
            return "appended";
        case engine::Outcome::duplicate:
            return "duplicate";
        case engine::Outcome::ignored:
            return "ignored";
    }
    return "unknown";
}

void append_results(std::string& out, const engine::Receipt& receipt) {
    out += R"(,"results":[)";
    for (const engine::RecordOutcome& outcome : receipt.outcomes) {
        if (&outcome != receipt.outcomes.data()) out += ',';
        out += R"({"sequenceNumber":)";
        engine::append_json_string(out, outcome.sequence);
        if (outcome.outcome != engine::Outcome::ignored) {
            out += R"(,"position":)" + std::to_string(outcome.position.value);
        }
        out += R"(,"status":")";
        out += name_of(outcome.outcome);
        out += "\"}";
    }
    out += ']';
}

// What Lambda reads: records from this one on are to be sent again.
void append_failures(std::string& out, const std::optional<engine::Refusal>& refusal) {
    out += R"(,"batchItemFailures":[)";
    if (!refusal) {
        out += ']';
        return;
    }
    out += R"({"itemIdentifier":)";
    engine::append_json_string(out, refusal->sequence);
    out += "}],";
    append_faults(out, refusal->faults);
}

}  // namespace

Outcome post_records(const engine::Engine& engine, Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {"table", "partial"})) {
        return *refusal;
    }
    const auto partial = flag_parameter(request.target, "partial");
    if (!partial) return partial.error();
    engine::DecodeOptions options;
    options.partial = *partial;
    if (const auto name = find_parameter(request.target, "table")) {
        options.table = engine.catalog().table(*name);
        if (options.table == nullptr) {
            return problem(404, "there is no table '" + std::string(*name) + "'");
        }
    }
    if (auto refusal = refuse_content(request)) return *refusal;

    auto batch = engine::decode_records(std::move(request.body), engine.catalog(), options);
    request.body.clear();
    if (!batch) return problem_of(batch.error());
    return RecordsToAppend{std::move(*batch), prefers_minimal(request)};
}

Answer receipt_answer(const Result<engine::Receipt>& receipt, bool partial, bool minimal) {
    if (!receipt) return problem_of(receipt.error());
    const std::string position = std::to_string(receipt->position.value);
    if (receipt->refusal && !partial) {
        Answer refused = refusal_answer(*receipt->refusal);
        refused.set("Freshet-Position", position);
        return refused;
    }

    std::string body = R"({"position":)" + position;
    body += R"(,"appended":)" + std::to_string(receipt->appended);
    body += R"(,"duplicates":)" + std::to_string(receipt->duplicates);
    body += R"(,"ignored":)" + std::to_string(receipt->ignored);
    if (!minimal) append_results(body, *receipt);
    append_failures(body, receipt->refusal);
    body += "}\n";
    Answer answer = json_answer(std::move(body));
    answer.set("Freshet-Position", position);
    if (minimal) answer.set("Preference-Applied", "return=minimal");
    return answer;
}

}  // namespace freshet::http
