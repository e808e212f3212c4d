#include "http/routes/sources_route.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "engine/values/time_text.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/read_point_choice.h"

namespace freshet::http {
namespace {

// Why it is no name that can be adopted; nothing if it is. Once adopted, a name that was mistyped
// would stand in the lineage for good.
std::optional<std::string> fault_of(std::string_view stream) {
    if (!engine::is_stream_name(stream)) {
        return "found a name that is too long, or has a space or a control character in it, "
               "expected the ARN of a stream or of its table";
    }
    if (!stream.starts_with("arn:") || engine::is_dynamodb_arn(stream)) return std::nullopt;
    return "found the ARN of something else, expected "
           "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME, or that of its stream";
}

// The stream that the body names.
tl::expected<std::string, Answer> stream_in(std::string body) {
    const auto document = engine::JsonDocument::parse(std::move(body));
    if (!document) return tl::unexpected(problem_of(document.error()));
    const engine::JsonNode* stream = document->root().find("stream");
    const bool is_one = stream != nullptr && stream->is(engine::JsonType::string) &&
                        !stream->text().empty() && document->root().size() == 1;
    if (!is_one) {
        return tl::unexpected(problem(
            422,
            R"(expected {"stream":"arn:…:table/NAME"}: the stream, or the table, to be adopted)"));
    }
    auto fault = fault_of(stream->text());
    if (!fault) return std::string(stream->text());
    return tl::unexpected(problem(422, "the stream is not adopted: 1 fault",
                                  {{.pointer = "/stream", .detail = *std::move(fault)}}));
}

// The table besides this one that takes records of the family without their table's name; null if
// there is none.
const engine::Table* rival_of(const engine::Table& table, std::string_view source,
                              std::string_view family, const engine::KnownFamilies& known) {
    for (const engine::TableFamilies& other : known) {
        if (other.table == &table) continue;
        if (other.table->from == source && other.takes(family)) return other.table;
    }
    for (const engine::TableFamilies& other : known) {
        if (other.table == &table) return nullptr;  // it comes first
        if (other.table->from != source && other.knows(family)) return other.table;
    }
    return nullptr;
}

// What the one who adopts the stream may not have meant; nothing if it is what the table's `from`
// leads to.
std::string note_on(std::string_view stream, const engine::Table& table,
                    const engine::KnownFamilies& known) {
    const auto arn = engine::parse_stream_arn(stream);
    if (!arn) {
        return "this is no ARN: it stands for records whose eventSourceARN is the very same, and "
               "which are sent with ?table=" +
               table.name;
    }
    if (arn->source == table.from) return "";
    std::string note = "the table's name, " + std::string(arn->source) + ", differs from `from`, " +
                       table.from + "; that is right for a restored table";
    const std::string family = engine::stream_name(stream).family;
    const engine::Table* rival = rival_of(table, arn->source, family, known);
    if (rival == nullptr) return note;
    return note + "; but table " + rival->name + " takes from it too, and comes first where its " +
           "`where` admits a record: send those of this table with ?table=" + table.name;
}

Answer adopted(const Result<engine::Receipt>& receipt, const std::string& table,
               const std::string& stream, const std::string& note) {
    if (!receipt) return problem_of(receipt.error());
    if (receipt->refusal) {
        return problem(422, "the stream is not adopted", receipt->refusal->faults);
    }
    const bool is_new = receipt->appended > 0;
    const std::string position = std::to_string(receipt->position.value);
    std::string json = R"({"position":)" + position;
    json += R"(,"adopted":)" + std::string(is_new ? "true" : "false");
    if (!note.empty()) {
        json += R"(,"note":)";
        engine::append_json_string(json, note);
    }
    Answer answer = json_answer(json + "}\n");
    answer.set("Freshet-Position", position);
    if (is_new) answer.did("adopted " + engine::quoted_text(stream) + " for table " + table);
    return answer;
}

// From the earliest to the latest.
std::vector<std::string_view> labels_of(const engine::Lineage& lineage, std::string_view family) {
    std::vector<std::string_view> labels;
    for (const engine::StreamName& stream : lineage.streams()) {
        if (stream.family == family) labels.push_back(stream.label);
    }
    std::sort(labels.begin(), labels.end());
    return labels;
}

}  // namespace

void append_sources_json(std::string& json, const engine::Lineage& lineage) {
    json += '[';
    for (const std::string& family : lineage.families()) {
        if (&family != lineage.families().data()) json += ',';
        json += R"({"family":)";
        engine::append_quoted(json, family);
        json += R"(,"labels":[)";
        bool is_first = true;
        for (const std::string_view label : labels_of(lineage, family)) {
            if (!is_first) json += ',';
            is_first = false;
            engine::append_quoted(json, label);
        }
        json += "]}";
    }
    json += ']';
}

void append_reconciled_json(std::string& json, const engine::Lineage& lineage) {
    if (!lineage.reconciled()) return;
    json += R"(,"reconciled":")" + engine::text_of(lineage.reconciled()->moment) + '"';
}

NextStep get_sources(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse_unknown_parameters(target, {"min_position", "timeout_s"})) {
        return *std::move(refusal);
    }
    const auto table = administered_table(call.request, call.context.engine.catalog());
    if (!table) return table.error();
    auto chosen = choose_read_point(call.context.engine, target, call.waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);
    const engine::ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    const auto lineage = read_point.lineage(**table);
    if (!lineage) return problem_of(lineage.error());

    std::string json = R"({"sources":)";
    append_sources_json(json, *lineage);
    append_reconciled_json(json, *lineage);
    Answer answer = json_answer(json + "}\n");
    set_state_headers(answer, read_point);
    return answer;
}

NextStep post_sources(const Call& call) {
    Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    const auto table = administered_table(call.request, call.context.engine.catalog());
    if (!table) return table.error();
    if (!equal_ignoring_case(content_type(request), "application/json")) {
        return problem(415, "the body must be of the type application/json");
    }
    auto stream = stream_in(std::exchange(request.body, {}));
    if (!stream) return stream.error();

    const auto newest = call.context.engine.read_point();
    if (!newest) return problem_of(newest.error());
    const std::string note = note_on(*stream, **table, *(*newest)->families());
    auto answer = [table = (*table)->name, stream = *stream, note](const auto& receipt) {
        return adopted(receipt, table, stream, note);
    };
    engine::ChangeBatch batch;
    batch.bytes = stream->size();
    batch.notices.push_back({.kind = storage::NoticeKind::adoption,
                             .by = request.caller().subject,
                             .table = (*table)->name,
                             .stream = *std::move(stream)});
    return RecordsToAppend{.batch = std::move(batch), .answer = std::move(answer)};
}

}  // namespace freshet::http
