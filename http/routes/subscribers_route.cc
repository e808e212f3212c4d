#include "http/routes/subscribers_route.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/page_answer.h"

namespace freshet::http {

namespace {

constexpr std::uint64_t limit_max = 1'000;
constexpr std::uint64_t limit_default = 100;

std::optional<Answer> refuse_others(const Request& request) {
    return refuse_unless_admin(request, "/subscribers");
}

std::string json_of(const Subscribers::Listed& one, storage::Position head) {
    const storage::Position position = std::min(one.position, head);
    std::string json = R"({"id":")" + std::to_string(one.id) + R"(","subject":)";
    engine::append_json_string(json, one.who.subject);
    json += R"(,"address":)";
    engine::append_json_string(json, one.who.address);
    json += R"(,"watches":)";
    engine::append_json_string(json, one.who.watches);
    json += R"(,"position":)" + std::to_string(position.value);
    json += R"(,"behind":)" + std::to_string(head.value - position.value);
    json += R"(,"held_bytes":)" + std::to_string(one.held_bytes);
    json += R"(,"connected_s":)" + std::to_string(one.age.count()) + '}';
    return json;
}

Answer cut_answer(std::size_t count, const std::string& whose) {
    Answer answer = json_answer(R"({"cut":)" + std::to_string(count) + "}\n");
    answer.did("cut " + engine::quantity(count, "stream") + ": " + whose);
    return answer;
}

}  // namespace

NextStep get_subscribers(const Call& call) {
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {"after", "limit", "subject"})) {
        return *std::move(refusal);
    }
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto after = number_parameter(request.target, "after", any, 0);
    if (!after) return after.error();
    const auto limit = number_parameter(request.target, "limit", {1, limit_max}, limit_default);
    if (!limit) return limit.error();
    if (auto refusal = refuse_others(request)) return *std::move(refusal);
    const auto named = find_parameter(request.target, "subject");
    const auto subject = named ? std::optional<std::string>(*named) : std::nullopt;

    const auto list =
        call.context.subscribers.list(*after, static_cast<std::size_t>(*limit), subject);
    const storage::Position head = call.context.engine.usage().head.position;
    Page page{.name = "subscribers", .elements = {}, .next_parameter = "after"};
    for (const auto& one : list) page.elements.push_back(json_of(one, head));
    if (list.size() == *limit) {
        page.next = std::to_string(list.back().id);
        page.next_json = '"' + page.next + '"';
    }
    return page_answer(request, page);
}

NextStep delete_subscribers(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse_unknown_parameters(target, {"subject"})) return *std::move(refusal);
    if (auto refusal = refuse_others(call.request)) return *std::move(refusal);
    const auto subject = find_parameter(target, "subject").value_or("");
    if (subject.empty()) {
        return problem(400,
                       "name whose streams are to end: ?subject=ada; one is ended by its id, "
                       "at /admin/subscribers/ID");
    }
    const std::size_t count = call.context.subscribers.cut_all_of(subject);
    return cut_answer(count, "those of " + engine::quoted_text(std::string(subject)));
}

NextStep delete_subscriber(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse_unknown_parameters(target, {})) return *std::move(refusal);
    if (auto refusal = refuse_others(call.request)) return *std::move(refusal);
    const std::string& text = target.segments[2];
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || call.context.subscribers.cut(id) == 0) {
        return problem(404, "there is no subscriber with this id");
    }
    return cut_answer(1, "the one with the id " + text);
}

}  // namespace freshet::http
