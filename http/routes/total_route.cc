#include "http/routes/total_route.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/messages/entity_tag.h"
#include "http/messages/query.h"
#include "http/routes/build_answer.h"
#include "http/routes/page_answer.h"
#include "http/routes/path_parts.h"
#include "http/routes/read_point_choice.h"

namespace freshet::http {

namespace {

using engine::ReadPoint;
using engine::TotalView;

Answer group_answer(const Request& request, Result<std::string> group) {
    if (!group) return problem_of(group.error());
    *group += '\n';
    const std::string tag = content_tag(*group);
    Answer answer = none_match_fails(request, tag) ? Answer(304) : json_answer(*std::move(group));
    answer.set("ETag", tag);
    return answer;
}

NextStep groups_answer(const Call& call, const ReadPoint& read_point, const TotalView& total,
                       std::vector<std::string> first) {
    const Request& request = call.request;
    const auto limit = number_parameter(request.target, "limit", {1, engine::page_limit_max},
                                        engine::page_limit_default);
    if (!limit) return limit.error();
    auto page = read_point.page(
        total,
        {.first = std::move(first),
         .limit = static_cast<std::size_t>(*limit),
         .cursor = std::string(find_parameter(request.target, "cursor").value_or(""))},
        request.caller(), call.patience);
    if (!page) return problem_of(page.error());
    if (page->takes_long) return TakesLong();
    return page_answer(request, *std::move(page));
}

// By the definition of the total that can be read at the read point.
NextStep step_from(const Call& call, const ReadPoint& read_point, const TotalView& total,
                   std::vector<std::string> parts) {
    const Request& request = call.request;
    const auto definition = read_point.definition_of(total);
    if (!definition) return unreadable(call.context.engine, total.name, definition.error());
    const auto& by = (*definition)->by;
    if (parts.size() > by.size()) {
        return wrong_part_count("a group of this total", names_of(by));
    }
    if (parts.size() < by.size()) {
        return groups_answer(call, read_point, total, std::move(parts));
    }
    if (auto refusal = refuse_unknown_parameters(
            request.target, {"min_position", "timeout_s", "wait_s"}, {"key"})) {
        return *std::move(refusal);
    }
    if (call.patience == engine::Patience::little && read_point.takes_long_to_order()) {
        return TakesLong();
    }
    return group_answer(request, read_point.total(total, parts, request.caller()));
}

}  // namespace

NextStep get_total(const Call& call, const TotalView& total) {
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(
            request.target, {"limit", "cursor", "min_position", "timeout_s", "wait_s"}, {"key"})) {
        return *refusal;
    }
    auto parts = parts_of(request.target, 2);
    if (!parts) return parts.error();
    auto chosen = choose_read_point(call.context.engine, request.target, call.waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    NextStep step = step_from(call, read_point, total, *std::move(parts));
    if (auto* answer = std::get_if<Answer>(&step)) set_state_headers(*answer, read_point);
    return step;
}

}  // namespace freshet::http
