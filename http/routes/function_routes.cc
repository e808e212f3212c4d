#include "http/routes/function_routes.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>
#include "engine/catalog/marshalled_pattern.h"
#include "engine/functions/marshalled_record.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/pattern_json.h"
#include "engine/records/source_time.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/order_body.h"

namespace freshet::http {
namespace {

using engine::Function;
using engine::FunctionStatus;
using engine::JsonNode;
using engine::JsonType;
using storage::FunctionNote;
using storage::NoticeKind;
using storage::Position;

constexpr std::string_view administered = "/functions";
constexpr std::uint64_t tried_records_max = 10'000;
constexpr std::uint64_t tried_records_default = 1'000;
constexpr std::size_t samples_max = 3;

constexpr const char* place_form =
    R"(expected {"place":41}: the function is fed with what stands behind that position; or )"
    R"("trim_horizon", "latest", or a time such as "2026-11-20T11:39:28Z")";
constexpr const char* try_form =
    R"(expected {"filter":{"eventName":["INSERT"]},"records":1000}: the filter to try, or none for )"
    "the function's own, and on how many of the newest records, 10000 at most";

void append_number(std::string& json, std::string_view name, std::uint64_t number) {
    json += ",\"";
    json += name;
    json += "\":" + std::to_string(number);
}

void append_text(std::string& json, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    json += ",\"";
    json += name;
    json += "\":";
    engine::append_quoted(json, text);
}

std::string json_of(const FunctionStatus& status) {
    const engine::FeedStatus& feed = status.feed;
    std::string json = R"({"name":)";
    engine::append_json_string(json, status.name);
    append_text(json, "table", status.table);
    append_text(json, "state", engine::word_of(status.state));
    append_text(json, "stopped", feed.stopped);
    append_text(json, "error", feed.error);
    append_number(json, "place", feed.place.value);
    append_number(json, "behind", status.behind);
    append_number(json, "age_s", static_cast<std::uint64_t>(status.age.count()));
    append_number(json, "waiting", feed.waiting);
    append_number(json, "under_way", feed.under_way);
    append_number(json, "parked", feed.parked);
    append_number(json, "held", feed.held);
    append_number(json, "failures_in_a_row", feed.failures);
    append_number(json, "calls", feed.calls);
    append_number(json, "failed_calls", feed.failed_calls);
    append_number(json, "throttled_calls", feed.throttled_calls);
    append_number(json, "taken", feed.taken);
    append_number(json, "left_out", feed.left_out);
    json += '}';
    return json;
}

tl::expected<Position, Answer> place_in(const JsonNode& place, const Call& call) {
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return tl::unexpected(problem_of(read_point.error()));
    const Position head = (*read_point)->position();
    if (const auto number = whole_number(place)) {
        if (*number <= head.value) return Position{*number};
        return tl::unexpected(
            problem(422, "the log ends at position " + std::to_string(head.value)));
    }
    if (!place.is(JsonType::string)) return tl::unexpected(problem(422, place_form));
    if (equal_ignoring_case(place.text(), "trim_horizon")) return Position{};
    if (equal_ignoring_case(place.text(), "latest")) return head;
    const auto time = engine::time_of_text(place.text());
    if (!time) return tl::unexpected(problem(422, place_form));
    if (*time > call.context.engine.clock().wall_now()) {
        return tl::unexpected(problem(422, "that time has not come yet"));
    }
    const auto position = call.context.engine.position_before(**read_point, *time);
    if (!position) return tl::unexpected(problem_of(position.error()));
    return *position;
}

NextStep set_pause(const Call& call, bool is_paused) {
    const auto function = administered_function(call);
    if (!function) return function.error();
    const std::string did =
        (is_paused ? "paused function " : "resumed function ") + (*function)->name;
    return note_of_function(
        {notice_of(call, **function, NoticeKind::paused, {.is_paused = is_paused})},
        [is_paused, did](const engine::Receipt& receipt) {
            return noted_answer(is_paused ? R"({"paused":true)" : R"({"paused":false)", receipt,
                                did);
        });
}

// What a filter would do with the records that it was tried on.
struct Trial {
    std::uint64_t tried = 0;
    std::uint64_t taken = 0;
    std::string samples;
};

void try_filter(const engine::Pattern& filter, const storage::Record& record, Trial& trial) {
    ++trial.tried;
    if (!engine::takes(filter, record) || ++trial.taken > samples_max) return;
    if (!trial.samples.empty()) trial.samples += ',';
    engine::append_record_json(trial.samples, record);
}

// Tries the filter on those of the newest records of the log, up to so many, that the function is
// told of.
Result<Trial> try_filter(const engine::Pattern& filter, const Function& function,
                         const engine::ReadPoint& read_point, std::uint64_t count,
                         const Call& call) {
    const std::uint64_t head = read_point.position().value;
    Trial trial;
    Position after{head - std::min(head, count)};
    while (after < read_point.position()) {
        const auto records = call.context.engine.records_after(
            read_point, after, {.records = 1'000, .bytes = 1U << 20U});
        if (!records) return fail(records.error());
        if (records->empty()) break;
        after = records->back().position();
        for (const storage::Record& record : *records) {
            const bool is_its = !record.is_notice() && record.table() == function.table->name;
            if (is_its && record.is_told()) try_filter(filter, record, trial);
        }
    }
    return trial;
}

// The filter that the body has; the function's own if it has none.
tl::expected<engine::Pattern, Answer> filter_in(const JsonNode& body, const Function& function) {
    const JsonNode* filter = body.find("filter");
    if (filter == nullptr) return function.filter;
    std::string text;
    engine::append_json(text, *filter);
    auto read = engine::read_pattern_json(std::move(text), "filter");
    if (!read) return tl::unexpected(problem_of(read.error()));
    if (!*read) return tl::unexpected(problem(422, "the filter is wrong", read->error()));
    auto pattern = engine::marshalled_pattern(**read);
    if (!pattern) return tl::unexpected(problem(422, pattern.error() + " (in filter)"));
    return *std::move(pattern);
}

}  // namespace

tl::expected<const Function*, Answer> administered_function(const Call& call, Names parameters) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, parameters)) {
        return tl::unexpected(*std::move(refusal));
    }
    if (auto refusal = refuse_unless_admin(call.request, administered)) {
        return tl::unexpected(*std::move(refusal));
    }
    const std::string& name = call.request.target.segments[1];
    const Function* function = call.context.engine.functions().find(name);
    if (function != nullptr) return function;
    return tl::unexpected(problem(404, "there is no function '" + name + "'"));
}

std::optional<Answer> check_function(const Call& call) {
    const auto function = administered_function(call);
    return function ? std::nullopt : std::optional(function.error());
}

storage::Notice notice_of(const Call& call, const Function& function, NoticeKind kind,
                          FunctionNote note) {
    storage::Notice notice{
        .kind = kind, .by = call.request.caller().subject, .table = {}, .stream = {}};
    notice.name = function.name;
    notice.function = std::move(note);
    return notice;
}

NextStep note_of_function(std::vector<storage::Notice> notices,
                          std::function<Answer(const engine::Receipt& receipt)> answer) {
    engine::ChangeBatch batch;
    batch.notices = std::move(notices);
    batch.is_order = true;
    batch.tells_outcomes = false;
    return RecordsToAppend{
        .batch = std::move(batch),
        .answer = [answer = std::move(answer)](const Result<engine::Receipt>& receipt) {
            return receipt ? answer(*receipt) : problem_of(receipt.error());
        }};
}

Answer noted_answer(std::string json, const engine::Receipt& receipt, const std::string& did) {
    const std::string position = std::to_string(receipt.position.value);
    json += R"(,"position":)" + position + "}\n";
    Answer answer = json_answer(std::move(json));
    answer.set("Freshet-Position", position);
    if (receipt.appended > 0) answer.did(did);
    return answer;
}

NextStep get_functions(const Call& call) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, {})) {
        return *std::move(refusal);
    }
    if (auto refusal = refuse_unless_admin(call.request, administered)) return *std::move(refusal);
    std::string json = R"({"functions":[)";
    for (const FunctionStatus& status : call.context.engine.function_statuses()) {
        if (json.back() != '[') json += ',';
        json += json_of(status);
    }
    return json_answer(json + "]}\n");
}

NextStep get_function(const Call& call) {
    const auto function = administered_function(call);
    if (!function) return function.error();
    return json_answer(json_of(call.context.engine.function_status(**function)) + "\n");
}

NextStep pause_function(const Call& call) {
    return set_pause(call, true);
}

NextStep resume_function(const Call& call) {
    return set_pause(call, false);
}

NextStep place_function(const Call& call) {
    const auto function = administered_function(call);
    if (!function) return function.error();
    const auto body = object_in(call.request, {"place"}, place_form);
    if (!body) return body.error();
    const JsonNode* place = body->root().find("place");
    if (place == nullptr) return problem(422, place_form);
    const auto position = place_in(*place, call);
    if (!position) return position.error();
    const std::string text = std::to_string(position->value);
    const std::string did = "put function " + (*function)->name + " behind position " + text;
    return note_of_function(
        {notice_of(call, **function, NoticeKind::place, {.record = *position, .is_reset = true})},
        [text, did](const engine::Receipt& receipt) {
            return noted_answer(R"({"place":)" + text, receipt, did);
        });
}

NextStep try_function(const Call& call) {
    const auto function = administered_function(call);
    if (!function) return function.error();
    if (call.patience == engine::Patience::little) return TakesLong{};
    const auto body = object_in(call.request, {"filter", "records"}, try_form);
    if (!body) return body.error();
    const JsonNode* count = body->root().find("records");
    const auto records = count == nullptr ? tried_records_default : whole_number(*count);
    if (!records || *records == 0 || *records > tried_records_max) return problem(422, try_form);
    const auto filter = filter_in(body->root(), **function);
    if (!filter) return filter.error();
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    const auto trial = try_filter(*filter, **function, **read_point, *records, call);
    if (!trial) return problem_of(trial.error());
    std::string json = R"({"tried":)" + std::to_string(trial->tried);
    append_number(json, "taken", trial->taken);
    append_number(json, "left_out", trial->tried - trial->taken);
    return json_answer(json + R"(,"samples":[)" + trial->samples + "]}\n");
}

}  // namespace freshet::http
