#include "http/routes/history_route.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/page_answer.h"
#include "http/routes/path_parts.h"
#include "http/routes/read_point_choice.h"

namespace freshet::http {

namespace {

Answer page_answer(const Request& request, engine::HistoryPage page) {
    std::string next;
    if (page.next != storage::Position{}) next = std::to_string(page.next.value);
    return page_answer(request, Page{.name = "changes",
                                     .elements = std::move(page.changes),
                                     .next_parameter = "before",
                                     .next = next,
                                     .next_json = next});
}

Answer history_answer(const engine::Engine& engine, const Request& request,
                      const engine::ReadPoint& read_point, const std::vector<std::string>& key,
                      const engine::HistoryRequest& wanted) {
    const engine::Table& table = *engine.catalog().table(request.target.segments[1]);
    const auto history = engine.history(read_point, table, key);
    if (!history) return history_problem(history.error());
    if (!*history) return problem(404, "there never was an item with this key");
    auto page = (*history)->page(wanted);
    if (!page) return history_problem(page.error());
    return page_answer(request, *std::move(page));
}

}  // namespace

NextStep get_history(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const Target& target = request.target;
    if (auto refusal = refuse_unknown_parameters(
            target, {"before", "limit", "min_position", "timeout_s"}, {"key"})) {
        return *refusal;
    }
    const auto key = parts_of(target, item_key_begin, 1);
    if (!key) return key.error();
    if (auto refusal = refuse_unless_admin(request, target.segments[1])) return *std::move(refusal);
    if (call.patience == engine::Patience::little) return TakesLong();
    constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
    const auto before = number_parameter(target, "before", {0, highest}, highest);
    if (!before) return before.error();
    const auto limit =
        number_parameter(target, "limit", {1, engine::page_limit_max}, engine::page_limit_default);
    if (!limit) return limit.error();
    auto chosen = choose_read_point(engine, target, call.waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const engine::ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    Answer answer = history_answer(
        engine, request, read_point, *key,
        {.before = storage::Position{*before}, .limit = static_cast<std::size_t>(*limit)});
    set_state_headers(answer, read_point);
    return answer;
}

Answer history_problem(const Error& error) {
    // The request is small; what it asks for is too far back.
    if (error.code == Errc::too_large) return problem(422, error.message);
    return problem_of(error);
}

}  // namespace freshet::http
