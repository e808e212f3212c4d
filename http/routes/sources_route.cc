#include "http/routes/sources_route.h"

#include <tl/expected.hpp>
#include <utility>
#include <variant>

#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "engine/text/json.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/read_point_choice.h"

namespace freshet::http {
namespace {

constexpr std::size_t arn_bytes_max = 2'048;  // AWS allows no longer one

// The table that the path names, if the caller may see all of it.
tl::expected<const engine::Table*, Answer> table_of(const Call& call) {
    const std::string& name = call.request.target.segments[1];
    if (auto refusal = refuse_unless_admin(call.request, name)) {
        return tl::unexpected(*std::move(refusal));
    }
    const engine::Table* table = call.context.engine.catalog().table(name);
    if (table != nullptr) return table;
    return tl::unexpected(problem(404, "there is no table '" + name + "'"));
}

// The stream that the body names.
tl::expected<std::string, Answer> stream_in(std::string body) {
    const auto document = engine::JsonDocument::parse(std::move(body));
    if (!document) return tl::unexpected(problem_of(document.error()));
    const engine::JsonNode* stream = document->root().find("stream");
    const bool is_one = stream != nullptr && stream->is(engine::JsonType::string) &&
                        !stream->text().empty() && stream->text().size() <= arn_bytes_max;
    if (is_one && document->root().size() == 1) {
        const std::string_view name = stream->text();
        // Once adopted, a name that was mistyped would stand in the lineage for good.
        const bool is_of_dynamodb = name.find(":dynamodb:") != std::string_view::npos;
        if (!is_of_dynamodb || engine::parse_stream_arn(name)) return std::string(name);
    }
    return tl::unexpected(problem(
        422, R"(expected {"stream":"arn:…:table/NAME"}: the stream, or the table, to be adopted)"));
}

Answer adopted(const Result<engine::Receipt>& receipt) {
    if (!receipt) return problem_of(receipt.error());
    if (receipt->refusal) {
        return problem(422, "the stream is not adopted", receipt->refusal->faults);
    }
    const std::string position = std::to_string(receipt->position.value);
    Answer answer = json_answer(R"({"position":)" + position + R"(,"adopted":)" +
                                std::string(receipt->appended > 0 ? "true" : "false") + "}\n");
    answer.set("Freshet-Position", position);
    return answer;
}

}  // namespace

void append_sources_json(std::string& json, const engine::Lineage& lineage) {
    json += '[';
    for (const std::string& family : lineage.families()) {
        if (&family != lineage.families().data()) json += ',';
        json += R"({"family":)";
        engine::append_json_string(json, family);
        json += R"(,"labels":[)";
        bool is_first = true;
        for (const engine::StreamName& stream : lineage.streams()) {
            if (stream.family != family) continue;
            if (!is_first) json += ',';
            is_first = false;
            engine::append_json_string(json, stream.label);
        }
        json += "]}";
    }
    json += ']';
}

void append_reconciled_json(std::string& json, const engine::Lineage& lineage) {
    if (!lineage.reconciled()) return;
    json += R"(,"reconciled":")" + engine::text_of(*lineage.reconciled()) + '"';
}

NextStep get_sources(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse_unknown_parameters(target, {"min_position", "timeout_s"})) {
        return *std::move(refusal);
    }
    const auto table = table_of(call);
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
    const auto table = table_of(call);
    if (!table) return table.error();
    if (!equal_ignoring_case(content_type(request), "application/json")) {
        return problem(415, "the body must be of the type application/json");
    }
    auto stream = stream_in(std::exchange(request.body, {}));
    if (!stream) return stream.error();

    engine::ChangeBatch batch;
    batch.notices.push_back({.kind = storage::NoticeKind::adoption,
                             .by = request.caller().subject,
                             .table = (*table)->name,
                             .stream = *std::move(stream)});
    return RecordsToAppend{.batch = std::move(batch), .minimal = true, .answer = adopted};
}

}  // namespace freshet::http
