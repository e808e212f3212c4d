#include "http/routes/write_routes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "engine/access/grants.h"
#include "engine/records/dynamodb_json.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "http/messages/content_coding.h"
#include "http/routes/admin_refusal.h"

namespace freshet::http {

namespace {

// The type without its parameters, such as charset.
std::string_view media_type(std::string_view content_type) {
    return trim(content_type.substr(0, content_type.find(';')));
}

// Whose answer names more records than these is not answered by the sequencer's thread, which has
// the next group to write.
constexpr std::size_t plain_records_max = 16;

constexpr std::string_view reconciliation_name = "reconciliation";

constexpr std::array<std::string_view, 3> line_types{"application/x-ndjson", "application/ndjson",
                                                     "application/jsonl"};

std::optional<Answer> refuse_type(const Request& request) {
    if (equal_ignoring_case(content_type(request), json_type)) return std::nullopt;
    const std::string url = request.server_url() + "/records";
    return problem(415,
                   "the body must be of the type application/json: curl -H 'Content-Type: "
                   "application/json' --data-binary @records.json " +
                       url +
                       "; or, of any length with a record a line, application/x-ndjson: curl -X "
                       "POST -H 'Content-Type: application/x-ndjson' -T records.ndjson " +
                       url);
}

// What the query, which has no other parameters than these, says of how records are read.
OrAnswer<engine::DecodeOptions> decode_options(const engine::Engine& engine, const Request& request,
                                               Names known = {"table", "partial", "bad"}) {
    const Target& target = request.target;
    if (auto refusal = refuse_unknown_parameters(target, known)) {
        return tl::unexpected(std::move(*refusal));
    }
    const auto partial = flag_parameter(target, "partial");
    if (!partial) return tl::unexpected(partial.error());
    const auto bad = find_parameter(target, "bad");
    if (bad && *bad != "park") {
        return tl::unexpected(problem(400,
                                      "the parameter bad is park, which keeps a record that cannot "
                                      "be understood in place of refusing it, or is left out"));
    }
    engine::DecodeOptions options;
    options.partial = *partial;
    options.parks = bad.has_value();
    options.caller = request.identity.caller;
    if (const auto name = find_parameter(target, "table")) {
        options.table = engine.catalog().table(*name);
        if (options.table != nullptr) return options;
        return tl::unexpected(problem(404, "there is no table '" + std::string(*name) + "'"));
    }
    // While nobody knows from where the tables take, no record can be told that none takes it.
    auto families = engine.families();
    if (!families) return tl::unexpected(problem_of(families.error()));
    options.families = *std::move(families);
    return options;
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
    return problem(status_of_refused_body(refusal.code),
                   count_of(refusal.faults) + " in the records; none of them was appended",
                   refusal.faults);
}

void append_results(std::string& out, const engine::Receipt& receipt) {
    out += R"(,"results":[)";
    for (const engine::RecordOutcome& outcome : receipt.outcomes) {
        if (&outcome != receipt.outcomes.data()) out += ',';
        out += R"({"sequenceNumber":)";
        engine::append_json_string(out, outcome.sequence);
        if (outcome.position != storage::Position{}) {
            out += R"(,"position":)" + std::to_string(outcome.position.value);
        }
        out += R"(,"status":")";
        out += engine::word_of(outcome.outcome);
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

NextStep append_lines(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    auto options = bulk_options(engine, call.request, call.context.body_bytes_max);
    if (!options) return options.error();
    // Before a long body has come for nothing.
    if (const auto newest = engine.read_point(); !newest) return problem_of(newest.error());
    return LinesToAppend{*options};
}

}  // namespace

std::string client_of(const Request& request) {
    if (request.identity.caller == engine::everybody()) return "";
    return "client " + request.caller().subject;
}

std::optional<Answer> check_records(const Call& call) {
    if (engine::may_ingest(call.request.caller())) return std::nullopt;
    return problem(403, "these credentials do not admit to appending records");
}

NextStep post_records(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    Request& request = call.request;
    if (is_bulk(request)) return append_lines(call);
    const auto options = decode_options(engine, request);
    if (!options) return options.error();
    if (auto refusal = refuse_type(request)) return *refusal;

    auto batch = engine::decode_records(std::move(request.body), engine.catalog(), *options);
    request.body.clear();
    if (!batch) return problem_of(batch.error());
    // With `partial`, too: a client that sends what it may not, or where it may not, has to hear
    // it.
    if (batch->refusal && batch->refusal->code != Errc::refused) {
        return refusal_answer(*batch->refusal);
    }
    const bool minimal = prefers_minimal(request);
    batch->tells_outcomes = !minimal;
    batch->client = client_of(request);
    const bool is_plain = minimal || batch->records.size() <= plain_records_max;
    const ReceiptForm form{.partial = batch->partial, .minimal = minimal, .parks = options->parks};
    auto answer = [form](const Result<engine::Receipt>& receipt) {
        return receipt_answer(receipt, form);
    };
    return RecordsToAppend{
        .batch = std::move(*batch), .answer = std::move(answer), .is_plain = is_plain};
}

Answer receipt_answer(const Result<engine::Receipt>& receipt, const ReceiptForm& form) {
    if (!receipt) return problem_of(receipt.error());
    const std::string position = std::to_string(receipt->position.value);
    if (receipt->refusal && !form.partial) {
        Answer refused = refusal_answer(*receipt->refusal);
        refused.set("Freshet-Position", position);
        return refused;
    }

    std::string body = R"({"position":)" + position;
    body += R"(,"appended":)" + std::to_string(receipt->appended);
    body += R"(,"duplicates":)" + std::to_string(receipt->duplicates);
    body += R"(,"ignored":)" + std::to_string(receipt->ignored);
    if (form.parks) body += R"(,"parked":)" + std::to_string(receipt->parked);
    if (!form.minimal) append_results(body, *receipt);
    append_failures(body, receipt->refusal);
    body += "}\n";
    Answer answer = json_answer(std::move(body));
    answer.set("Freshet-Position", position);
    if (form.minimal) answer.set("Preference-Applied", "return=minimal");
    return answer;
}

bool is_bulk(const Request& request) {
    const auto& segments = request.target.segments;
    if (request.method != "POST" || segments.size() != 1 || segments.front() != "records") {
        return false;
    }
    const std::string_view type = content_type(request);
    return std::any_of(line_types.begin(), line_types.end(), [type](std::string_view line_type) {
        return equal_ignoring_case(type, line_type);
    });
}

OrAnswer<BulkOptions> bulk_options(const engine::Engine& engine, const Request& request,
                                   std::size_t line_bytes_max) {
    const auto options =
        decode_options(engine, request, {"table", "partial", "bad", reconciliation_name});
    if (!options) return tl::unexpected(options.error());
    const auto coding = content_coding(request);
    BulkOptions bulk{.decode = *options,
                     .line_bytes_max = line_bytes_max,
                     .client = client_of(request),
                     .is_decoded = coding && coding->has_value()};
    const auto reconciliation = find_parameter(request.target, reconciliation_name);
    if (!reconciliation) return bulk;
    const bool is_whole = !options->partial && !options->parks;
    if (options->table == nullptr || !is_whole || reconciliation->empty()) {
        return tl::unexpected(problem(400,
                                      "the items of a reconciliation come whole, with ?table= that "
                                      "names theirs and the id of the reconciliation"));
    }
    if (auto refusal = refuse_unless_admin(request, options->table->name)) {
        return tl::unexpected(*std::move(refusal));
    }
    bulk.reconciliation = *reconciliation;
    return bulk;
}

}  // namespace freshet::http
