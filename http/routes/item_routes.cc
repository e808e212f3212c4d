#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/grants.h"
#include "engine/values/item_form.h"
#include "http/messages/entity_tag.h"
#include "http/messages/media_types.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/build_answer.h"
#include "http/routes/history_route.h"
#include "http/routes/list_question.h"
#include "http/routes/page_answer.h"
#include "http/routes/path_parts.h"
#include "http/routes/read_point_choice.h"
#include "http/routes/read_routes.h"
#include "http/routes/total_route.h"
#include "http/routes/view_poll.h"

namespace freshet::http {

namespace {

using engine::ItemForm;
using engine::ItemView;
using engine::ListView;
using engine::ReadPoint;

using Key = std::vector<std::string>;

// Nothing if it takes long.
std::optional<Answer> item_answer(const Request& request,
                                  Result<std::optional<engine::ItemAnswer>> found,
                                  std::uint64_t fingerprint, std::string_view type = json_type) {
    if (!found) return problem_of(found.error());
    if (!*found) return problem(404, "there is no item with this key");
    engine::ItemAnswer& item = **found;

    const std::string tag = item_tag(item.changed, fingerprint);
    const bool is_known = none_match_fails(request, tag);
    if (item.takes_long && !is_known) return std::nullopt;
    item.json += '\n';
    Answer answer = is_known ? Answer(304) : json_answer(std::move(item.json), type);
    answer.set("ETag", tag);
    if (item.stale) answer.set("Freshet-Stale", "true");
    return answer;
}

// Plain JSON, unless the client asks for the other form.
ItemForm form_for(const Request& request) {
    return accepts(request, typed_json_type) ? ItemForm::typed : ItemForm::plain;
}

std::optional<Answer> whole_item_answer(const Request& request,
                                        Result<std::optional<engine::ItemAnswer>> found,
                                        const engine::Table& table, ItemForm form) {
    return item_answer(request, std::move(found), table_fingerprint(table.name, form),
                       form == ItemForm::typed ? typed_json_type : json_type);
}

// The whole item as it was at an earlier position.
std::optional<Answer> past_item_answer(const engine::Engine& engine, const Request& request,
                                       const ReadPoint& read_point, const engine::Table& table,
                                       const Key& key, storage::Position at, ItemForm form) {
    const std::string position = std::to_string(at.value);
    if (at > read_point.position()) {
        return problem(400, "position " + position + " is not reached yet, the newest is " +
                                std::to_string(read_point.position().value) +
                                ": min_position=" + position + " waits for it");
    }
    const auto history = engine.history(read_point, table, key);
    if (!history) return history_problem(history.error());
    if (!*history) return problem(404, "there never was an item with this key");
    auto item = (*history)->item_at(at, form);
    if (!item) return history_problem(item.error());
    if (!*item) {
        return problem(404, "at position " + position +
                                " there was no item with this key, or its image is not known");
    }
    return whole_item_answer(request, std::move(item), table, form);
}

// Finds the item's key in the segments after the first `from`, or in ?key=, and the read point, and
// lets `answer_from` answer, which returns nothing if that takes long.
template <class AnswerFrom>
NextStep read_item(const engine::Engine& engine, const Request& request, bool waited,
                   const engine::Table& table, std::size_t from, AnswerFrom answer_from) {
    const auto key = key_of(request.target, table, from);
    if (!key) return key.error();
    auto chosen = choose_read_point(engine, request.target, waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    std::optional<Answer> answer = answer_from(read_point, *key);
    if (!answer) return TakesLong();
    set_state_headers(*answer, read_point);
    return *std::move(answer);
}

NextStep read_page(const Call& call, const ListView& list) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const auto question = ListQuestion::of(request.target, list);
    if (!question) return question.error();
    auto chosen = choose_read_point(engine, request.target, call.waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    const auto definition = read_point.definition_of(list);
    if (!definition) return unreadable(engine, list.name, definition.error());
    const auto wanted = question->page(request, (*definition)->by);
    if (!wanted) return wanted.error();
    auto page = read_point.page(list, *wanted, request.caller(), call.patience);
    if (page && page->takes_long) return TakesLong();
    Answer answer = page ? page_answer(request, std::move(*page)) : problem_of(page.error());
    set_state_headers(answer, read_point);
    return answer;
}

}  // namespace

Answer unknown_view(const engine::Catalog& catalog, const std::string& name,
                    const engine::Caller& caller) {
    std::string names;
    const auto add = [&](const auto& view) {
        if (may_read(caller, view) != engine::Clearance::never) names += view.name + ", ";
    };
    for (const auto& table : catalog.tables()) {
        for (const ItemView& view : table->views) add(view);
        for (const ListView& list : table->lists) add(list);
        for (const engine::TotalView& total : table->totals) add(total);
    }
    names = names.empty() ? "none" : names.substr(0, names.size() - 2);
    return problem(404, "there is no view '" + name + "'; there are: " + names);
}

namespace {

NextStep read_view(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const std::string& name = request.target.segments[1];
    const engine::Catalog::View view = engine.catalog().view(name);
    if (const auto* found = std::get_if<const ItemView*>(&view)) {
        if (auto refusal = refuse_unknown_parameters(
                request.target, {"min_position", "timeout_s", "wait_s"}, {"key"})) {
            return *refusal;
        }
        const ItemView& item_view = **found;
        return read_item(engine, request, call.waited, *item_view.table, 2,
                         [&](const ReadPoint& read_point, const Key& key) {
                             return item_answer(
                                 request,
                                 read_point.item(item_view, key, request.caller(), call.patience),
                                 item_view.fingerprint);
                         });
    }
    if (const auto* found = std::get_if<const ListView*>(&view)) {
        if (auto refusal = refuse_unknown_parameters(request.target,
                                                     {"limit", "cursor", "order", "since", "until",
                                                      "me", "min_position", "timeout_s", "wait_s"},
                                                     {"key"})) {
            return *refusal;
        }
        return read_page(call, **found);
    }
    if (const auto* found = std::get_if<const engine::TotalView*>(&view)) {
        return get_total(call, **found);
    }
    return unknown_view(engine.catalog(), name, request.caller());
}

}  // namespace

// Who has not got what is shown now does not wait.
NextStep get_view(const Call& call) {
    const auto wait =
        seconds_parameter(call.request.target, "wait_s", std::chrono::milliseconds(0));
    if (!wait) return wait.error();
    NextStep step = read_view(call);
    const auto* answer = std::get_if<Answer>(&step);
    const bool is_any = call.request.header("If-None-Match") == "*";
    if (wait->count() == 0 || answer == nullptr || answer->status != 304 || is_any) return step;
    return await_other_view(call, read_view, *wait);
}

NextStep get_item(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const std::string& name = request.target.segments[1];
    const engine::Table* table = engine.catalog().table(name);
    if (table == nullptr) return problem(404, "there is no table '" + name + "'");
    if (auto refusal = refuse_unknown_parameters(request.target,
                                                 {"at", "min_position", "timeout_s"}, {"key"})) {
        return *refusal;
    }
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto at = number_parameter(request.target, "at", any, 0);
    if (!at) return at.error();
    if (auto refusal = refuse_unless_admin(request, name)) return *std::move(refusal);
    const bool is_past = find_parameter(request.target, "at").has_value();
    if (is_past && call.patience == engine::Patience::little) return TakesLong();
    const ItemForm form = form_for(request);
    return read_item(
        engine, request, call.waited, *table, 3, [&](const ReadPoint& read_point, const Key& key) {
            if (is_past) {
                return past_item_answer(engine, request, read_point, *table, key,
                                        storage::Position{*at}, form);
            }
            return whole_item_answer(
                request, read_point.item(*table, key, request.caller(), call.patience, form),
                *table, form);
        });
}

}  // namespace freshet::http
