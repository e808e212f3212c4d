#include "http/routes/reconciliation_routes.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>
#include "engine/reconciling/reconciliation.h"
#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "engine/values/time_text.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/order_body.h"

namespace freshet::http {
namespace {

using engine::ItemFinding;
using engine::JsonDocument;
using engine::JsonNode;
using engine::JsonType;
using engine::Reconciliation;
using engine::ReconciliationStatus;
using ReconciliationPtr = std::shared_ptr<Reconciliation>;

constexpr auto clocks_differ_max = std::chrono::minutes(1);

constexpr const char* order_form =
    R"(expected {"as_of":"2026-11-20T11:39:28Z"}: the moment of the export; and "events":true if )"
    R"(those who watch are to hear of what differs; and "export_of":"arn:…:table/NAME")";
constexpr const char* run_form =
    R"(expected {"dry_run":true} to count only, or {"removals":N}: how many items may be removed; )"
    "{} allows a tenth of them";

const std::string& name_of(const Call& call) {
    return call.request.target.segments[1];
}

// The table that the path names, if the caller may administer it and the query is empty.
tl::expected<const engine::Table*, Answer> table_of(const Call& call) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, {})) {
        return tl::unexpected(*std::move(refusal));
    }
    return administered_table(call.request, call.context.engine.catalog());
}

// The one that the path names.
tl::expected<ReconciliationPtr, Answer> reconciliation_of(const Call& call) {
    const auto table = table_of(call);
    if (!table) return tl::unexpected(table.error());
    ReconciliationPtr newest = call.context.engine.reconciliation();
    const std::string& id = call.request.target.segments[3];
    if (newest && newest->id() == id && newest->order().table == *table) return newest;
    return tl::unexpected(
        problem(404, "there is no reconciliation " + id + " of table '" + (*table)->name +
                         "': it was ended, or the server was started again; begin another"));
}

// False if there is no such member; nothing if it is no boolean.
std::optional<bool> flag_in(const JsonNode& object, std::string_view name) {
    const JsonNode* member = object.find(name);
    if (member == nullptr) return false;
    return member->is(JsonType::boolean) ? std::optional(member->truth()) : std::nullopt;
}

// Why an export of that moment, of that source table, is not taken. The source is empty where
// nobody knows it.
std::optional<Answer> refuse_export(storage::SourceTime moment, std::string_view source,
                                    const engine::Table& table, const Call& call) {
    if (moment <= storage::SourceTime()) return problem(422, order_form);
    if (moment > call.now + clocks_differ_max) {
        return problem(422,
                       "as_of is in the future: it is the moment of the export, or the one "
                       "before the scan began");
    }
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    const auto lineage = (*read_point)->lineage(table);
    if (!lineage) return problem_of(lineage.error());
    if (lineage->reconciled() && lineage->reconciled()->moment > moment) {
        return problem(422, "the table is even with a later export already, of " +
                                engine::text_of(lineage->reconciled()->moment) +
                                ": export it again");
    }
    if (source.empty()) return std::nullopt;
    const bool has_stream = !lineage->empty() && !lineage->is_nameless();
    const auto arn = engine::parse_stream_arn(source);
    const bool is_right =
        has_stream ? lineage->families().back() == source : arn && arn->source == table.from;
    if (is_right) return std::nullopt;
    return problem(422, "the export is of " + std::string(source) + ", but table " + table.name +
                            " takes from " +
                            (has_stream ? lineage->families().back() : table.from) +
                            ": export that one, or adopt the other first (freshet adopt)");
}

// How the one of this table that is under way is ended; the id of another table's is not told.
std::string way_to_end(const engine::Table& table, const Call& call) {
    const ReconciliationPtr newest = call.context.engine.reconciliation();
    if (!newest || newest->order().table != &table) return "; wait for its end";
    return "; wait for its end, or end it: DELETE " + call.request.prefix + "/tables/" +
           table.name + "/reconciliations/" + newest->id();
}

void append_counts(std::string& json, const ReconciliationStatus& status) {
    for (std::size_t i = 0; i < status.counts.size(); ++i) {
        json += ",\"" + std::string(engine::enum_words<ItemFinding>[i]) +
                "\":" + std::to_string(status.counts[i]);
    }
}

void append_samples(std::string& json, const ReconciliationStatus& status) {
    json += R"(,"samples":{)";
    bool is_first = true;
    for (std::size_t i = 0; i < status.samples.size(); ++i) {
        if (status.samples[i].empty()) continue;
        if (!std::exchange(is_first, false)) json += ',';
        json += '"' + std::string(engine::enum_words<ItemFinding>[i]) + "\":[";
        for (const std::string& key : status.samples[i]) {
            if (&key != status.samples[i].data()) json += ',';
            engine::append_quoted(json, key);
        }
        json += ']';
    }
    json += '}';
}

Answer status_answer(Reconciliation& reconciliation) {
    const engine::ReconciliationOrder& order = reconciliation.order();
    const ReconciliationStatus status = reconciliation.status();
    std::string json = R"({"id":")" + reconciliation.id() + R"(","table":)";
    engine::append_json_string(json, order.table->name);
    json += R"(,"as_of":")" + engine::text_of(order.moment) + '"';
    json += R"(,"events":)" + std::string(order.told ? "true" : "false");
    json += R"(,"phase":")" + std::string(engine::word_of(status.phase)) + '"';
    if (!status.detail.empty()) {
        json += R"(,"detail":)";
        engine::append_quoted(json, status.detail);
    }
    json += R"(,"exported":)" + std::to_string(status.received);
    json += R"(,"present":)" + std::to_string(status.present);
    append_counts(json, status);
    json += R"(,"percent":)" + std::to_string(static_cast<int>(status.share * 100));
    json += R"(,"position":)" + std::to_string(status.position.value);
    append_samples(json, status);
    return json_answer(json + "}\n");
}

}  // namespace

NextStep post_reconciliations(const Call& call) {
    const auto table = table_of(call);
    if (!table) return table.error();
    const auto body = object_in(call.request, {"as_of", "events", "export_of"}, order_form);
    if (!body) return body.error();
    const JsonNode* as_of = body->root().find("as_of");
    const auto moment = as_of != nullptr ? engine::source_time(*as_of) : std::nullopt;
    const auto told = flag_in(body->root(), "events");
    if (!moment || !told) return problem(422, order_form);
    const JsonNode* export_of = body->root().find("export_of");
    if (export_of != nullptr && !export_of->is(JsonType::string)) return problem(422, order_form);
    const auto source = export_of != nullptr ? export_of->text() : std::string_view();
    if (auto refusal = refuse_export(*moment, source, **table, call)) return *std::move(refusal);

    const auto begun = call.context.engine.reconcile(
        {.table = *table, .moment = *moment, .told = *told, .by = call.request.caller().subject});
    if (!begun && begun.error().code == Errc::refused) {
        return problem(409, begun.error().message + way_to_end(**table, call));
    }
    if (!begun) return problem_of(begun.error());
    Answer answer = status_answer(**begun);
    answer.status = 201;
    answer.set("Location", call.request.prefix + "/tables/" + (*table)->name + "/reconciliations/" +
                               (*begun)->id());
    answer.did("began to reconcile table " + (*table)->name);
    return answer;
}

NextStep get_reconciliation(const Call& call) {
    const auto reconciliation = reconciliation_of(call);
    if (!reconciliation) return reconciliation.error();
    return status_answer(**reconciliation);
}

NextStep post_reconciliation(const Call& call) {
    const auto reconciliation = reconciliation_of(call);
    if (!reconciliation) return reconciliation.error();
    const auto body = object_in(call.request, {"dry_run", "removals"}, run_form);
    if (!body) return body.error();
    const auto is_dry = flag_in(body->root(), "dry_run");
    const JsonNode* removals = body->root().find("removals");
    const auto removals_max = removals != nullptr ? whole_number(*removals) : std::nullopt;
    const bool is_number = removals == nullptr || removals_max;
    if (!is_dry || !is_number) return problem(422, run_form);
    const auto begun = (*reconciliation)->run(*is_dry, removals_max);
    if (!begun) return problem(409, begun.error().message);
    Answer answer = status_answer(**reconciliation);
    if (!*is_dry) answer.did("let the reconciliation of table " + name_of(call) + " write");
    return answer;
}

NextStep delete_reconciliation(const Call& call) {
    const auto reconciliation = reconciliation_of(call);
    if (!reconciliation) return reconciliation.error();
    const std::string& by = call.request.caller().subject;
    (*reconciliation)->end(by.empty() ? "it was ended" : engine::quoted_text(by) + " ended it");
    Answer answer = status_answer(**reconciliation);
    answer.did("ended the reconciliation of table " + name_of(call));
    return answer;
}

}  // namespace freshet::http
