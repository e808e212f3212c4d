#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "engine/records/dynamodb_json.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/read_point_choice.h"
#include "http/routes/read_routes.h"

namespace freshet::http {

namespace {

// What one request may look at while it looks for the records of one table.
constexpr std::size_t scan_records_max = 2'000;
constexpr std::size_t scan_bytes_max = 2U << 20U;

// A page of the log under construction.
struct LogPage {
    std::string records;  // as JSON, comma-separated
    std::size_t count = 0;
    storage::Position seen;  // the last record that was looked at
    std::size_t scanned = 0;
    std::size_t scanned_bytes = 0;

    [[nodiscard]] bool full(std::size_t limit) const {
        return count >= limit || records.size() >= engine::page_bytes_max ||
               scanned >= scan_records_max || scanned_bytes >= scan_bytes_max;
    }

    void look_at(const storage::Record& record, const engine::Table* table, bool notices) {
        seen = record.position();
        ++scanned;
        scanned_bytes += record.bytes().size();
        if (table != nullptr && record.table() != table->name) return;
        if (record.is_notice() && !notices) return;
        if (count > 0) records += ',';
        engine::append_record_json(records, record);
        ++count;
    }
};

Result<LogPage> read_page(const engine::Engine& engine, const engine::ReadPoint& read_point,
                          storage::Position after, std::size_t limit, const engine::Table* table,
                          bool notices) {
    LogPage page;
    page.seen = after;
    while (!page.full(limit) && page.seen < read_point.position()) {
        storage::ReadLimit slice;
        if (table == nullptr) slice.records = limit - page.count;
        auto records = engine.records_after(read_point, page.seen, slice);
        if (!records) return fail(records.error());
        if (records->empty()) {
            page.seen = read_point.position();
            break;
        }
        for (const storage::Record& record : *records) {
            if (page.full(limit)) break;
            page.look_at(record, table, notices);
        }
    }
    return page;
}

}  // namespace

NextStep get_records(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const Target& target = request.target;
    if (auto refusal = refuse_unknown_parameters(
            target, {"after", "limit", "table", "notices", "min_position", "timeout_s"})) {
        return *refusal;
    }
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto after = number_parameter(target, "after", any, 0);
    if (!after) return after.error();
    const auto limit =
        number_parameter(target, "limit", {1, engine::page_limit_max}, engine::page_limit_default);
    if (!limit) return limit.error();
    const engine::Table* table = nullptr;
    if (const auto name = find_parameter(target, "table")) {
        table = engine.catalog().table(*name);
        if (table == nullptr) {
            return problem(404, "there is no table '" + std::string(*name) + "'");
        }
    }
    const auto notices = flag_parameter(target, "notices");
    if (!notices) return notices.error();
    if (auto refusal = refuse_log(request, table)) return *std::move(refusal);
    if (call.patience == engine::Patience::little) return TakesLong();
    auto chosen = choose_read_point(engine, target, call.waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const engine::ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    auto page = read_page(engine, read_point, storage::Position{*after},
                          static_cast<std::size_t>(*limit), table, *notices);
    Answer answer;
    if (page) {
        std::string body = R"({"Records":[)" + page->records + ']';
        if (page->seen < read_point.position()) {
            body += R"(,"next":)" + std::to_string(page->seen.value);
        }
        answer = json_answer(body + "}\n");
    } else {
        answer = problem_of(page.error());
    }
    set_state_headers(answer, read_point, page ? page->seen : read_point.position());
    return answer;
}

}  // namespace freshet::http
