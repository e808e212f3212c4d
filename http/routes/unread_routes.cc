#include "http/routes/unread_routes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>
#include "engine/folding/unread_facts.h"
#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/text/utf8.h"
#include "engine/values/time_text.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/order_body.h"

namespace freshet::http {
namespace {

using engine::JsonNode;
using engine::JsonType;
using engine::UnreadRecord;
using storage::Position;
using ReadPointPtr = std::shared_ptr<const engine::ReadPoint>;

constexpr std::string_view administered = "/records";
constexpr std::uint64_t limit_max = 1'000;
constexpr std::uint64_t limit_default = 100;
constexpr std::size_t samples_max = 10;

constexpr const char* order_form =
    R"(expected {"do":"drop","records":[42]}, of at most 1000 records, or "all":true, with which )"
    R"("after":42 leaves out those before; and "dry_run":true to be told only)";

std::optional<Answer> refuse(const Call& call, Names parameters) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, parameters)) return refusal;
    return refuse_unless_admin(call.request, administered);
}

// Without its end, for more to follow.
std::string json_of(const UnreadRecord& record) {
    std::string json = R"({"position":)" + std::to_string(record.position.value);
    json += R"(,"since":")" + engine::text_of(record.since) + '"';
    const auto append = [&json](std::string_view name, std::string_view text) {
        json += ",\"" + std::string(name) + "\":";
        engine::append_json_string(json, text);
    };
    if (!record.by.empty()) append("by", record.by);
    if (!record.sequence.empty()) append("sequence", record.sequence);
    append("error", record.error);
    append("pointer", record.pointer);
    return json + R"(,"bytes":)" + std::to_string(record.bytes);
}

Result<std::optional<UnreadRecord>> find_one(Position position,
                                             const engine::ReadPoint& read_point) {
    auto found = engine::unread_after({position.value - 1}, 1, read_point.state());
    if (!found) return fail(found.error());
    if (found->empty() || found->front().position != position) return std::optional<UnreadRecord>();
    return std::optional(std::move(found->front()));
}

// The record that the path names.
struct Named {
    ReadPointPtr read_point;
    UnreadRecord record;
};

tl::expected<Named, Answer> named_by(const Call& call) {
    if (auto refusal = refuse(call, {})) return tl::unexpected(*std::move(refusal));
    auto read_point = call.context.engine.read_point();
    if (!read_point) return tl::unexpected(problem_of(read_point.error()));
    const std::string& text = call.request.target.segments[2];
    const auto position = whole_number(text);
    auto found = position && *position > 0 ? find_one({*position}, **read_point)
                                           : Result<std::optional<UnreadRecord>>(std::nullopt);
    if (!found) return tl::unexpected(problem_of(found.error()));
    if (!*found) return tl::unexpected(problem(404, "no record '" + text + "' is parked"));
    return Named{.read_point = *std::move(read_point), .record = **std::move(found)};
}

// What an order is about.
struct Order {
    bool is_dry_run = false;
    std::optional<std::set<Position>> records;  // nothing: all of them
    Position after;
};

struct Choice {
    std::vector<UnreadRecord> chosen;
    std::size_t absent = 0;
    std::optional<Position> next;  // there are more behind it
};

std::optional<std::set<Position>> positions_in(const JsonNode& list) {
    if (!list.is(JsonType::array) || list.size() > limit_max) return std::nullopt;
    std::set<Position> positions;
    for (const JsonNode& one : list) {
        const auto number = whole_number(one);
        if (!number || *number == 0) return std::nullopt;
        positions.insert({*number});
    }
    return positions;
}

// Nothing if the body is of another form.
std::optional<Order> order_in(const JsonNode& body) {
    Order order;
    const JsonNode* action = body.find("do");
    const JsonNode* records = body.find("records");
    const JsonNode* all = body.find("all");
    const JsonNode* after = body.find("after");
    const JsonNode* dry_run = body.find("dry_run");
    if (action == nullptr || !action->is(JsonType::string) || action->text() != "drop") return {};
    if ((records == nullptr) == (all == nullptr)) return {};
    if (all != nullptr && !(all->is(JsonType::boolean) && all->truth())) return {};
    if (after != nullptr && (records != nullptr || !whole_number(*after))) return {};
    if (dry_run != nullptr && !dry_run->is(JsonType::boolean)) return {};
    if (records != nullptr) {
        order.records = positions_in(*records);
        if (!order.records) return {};
    }
    if (after != nullptr) order.after = {*whole_number(*after)};
    order.is_dry_run = dry_run != nullptr && dry_run->truth();
    return order;
}

Result<Choice> choose(const Order& order, const engine::ReadPoint& read_point) {
    Choice choice;
    if (!order.records) {
        auto page = engine::unread_after(order.after, limit_max + 1, read_point.state());
        if (!page) return fail(page.error());
        choice.chosen = *std::move(page);
        if (choice.chosen.size() > limit_max) {
            choice.chosen.pop_back();
            choice.next = choice.chosen.back().position;
        }
        return choice;
    }
    for (const Position position : *order.records) {
        auto found = find_one(position, read_point);
        if (!found) return fail(found.error());
        if (*found) {
            choice.chosen.push_back(**std::move(found));
        } else {
            ++choice.absent;
        }
    }
    return choice;
}

// Without its end, for more to follow.
std::string json_of(const Choice& choice, std::size_t dropped) {
    std::string json = R"({"dropped":)" + std::to_string(dropped);
    json += R"(,"absent":)" + std::to_string(choice.absent) + R"(,"records":[)";
    for (std::size_t i = 0; i < std::min(choice.chosen.size(), samples_max); ++i) {
        if (i > 0) json += ',';
        json += json_of(choice.chosen[i]) + '}';
    }
    json += ']';
    if (choice.next) json += R"(,"next":)" + std::to_string(choice.next->value);
    return json;
}

// Has them dropped. `answer_json` is what the caller is told, without its end and the position.
NextStep drop(const Call& call, const std::vector<UnreadRecord>& records,
              std::function<std::string(const engine::Receipt& receipt)> answer_json) {
    engine::ChangeBatch batch;
    batch.tells_outcomes = false;
    for (const UnreadRecord& record : records) {
        storage::Notice notice{.kind = storage::NoticeKind::discarded,
                               .by = call.request.caller().subject,
                               .table = {},
                               .stream = {},
                               .name = {}};
        notice.unread = storage::UnreadNote{.record = record.position};
        batch.notices.push_back(std::move(notice));
    }
    const std::string first = std::to_string(records.front().position.value);
    return RecordsToAppend{.batch = std::move(batch),
                           .answer = [answer_json = std::move(answer_json),
                                      first](const Result<engine::Receipt>& receipt) {
                               if (!receipt) return problem_of(receipt.error());
                               const std::string position = std::to_string(receipt->position.value);
                               Answer answer = json_answer(answer_json(*receipt) +
                                                           R"(,"position":)" + position + "}\n");
                               answer.set("Freshet-Position", position);
                               const std::size_t count = receipt->appended;
                               const std::string others =
                                   count > 1 ? " and " + std::to_string(count - 1) + " more" : "";
                               if (count > 0) answer.did("dropped parked record " + first + others);
                               return answer;
                           }};
}

}  // namespace

std::optional<Answer> check_unread(const Call& call) {
    return refuse(call, {});
}

NextStep get_unread(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse(call, {"after", "limit"})) return *std::move(refusal);
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto after = number_parameter(target, "after", any, 0);
    if (!after) return after.error();
    const auto limit = number_parameter(target, "limit", {1, limit_max}, limit_default);
    if (!limit) return limit.error();
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    // One more than the page has, to know whether it is the last.
    auto records = engine::unread_after({*after}, static_cast<std::size_t>(*limit) + 1,
                                        (*read_point)->state());
    if (!records) return problem_of(records.error());
    const bool is_last = records->size() <= *limit;
    if (!is_last) records->pop_back();
    std::string json = R"({"parked":[)";
    for (const UnreadRecord& record : *records) {
        if (&record != records->data()) json += ',';
        json += json_of(record) + '}';
    }
    json += ']';
    if (!is_last) json += R"(,"next":)" + std::to_string(records->back().position.value);
    return json_answer(json + "}\n");
}

NextStep post_unread(const Call& call) {
    if (auto refusal = refuse(call, {})) return *std::move(refusal);
    const auto body =
        object_in(call.request, {"do", "records", "all", "after", "dry_run"}, order_form);
    if (!body) return body.error();
    const auto order = order_in(body->root());
    if (!order) return problem(422, order_form);
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    auto choice = choose(*order, **read_point);
    if (!choice) return problem_of(choice.error());
    if (order->is_dry_run || choice->chosen.empty()) {
        return json_answer(json_of(*choice, choice->chosen.size()) +
                           (order->is_dry_run ? R"(,"dry_run":true)" : "") + "}\n");
    }
    const auto records = choice->chosen;
    return drop(call, records, [choice = *std::move(choice)](const engine::Receipt& receipt) {
        return json_of(choice, receipt.appended);
    });
}

NextStep get_unread_record(const Call& call) {
    const auto named = named_by(call);
    if (!named) return named.error();
    const auto record = call.context.engine.record_at(*named->read_point, named->record.position);
    if (!record) return problem_of(record.error());
    const auto notice = *record && (*record)->is_notice() ? (*record)->notice() : std::nullopt;
    if (!notice || !notice->unread) {
        return problem_of({Errc::damaged_state, "the log does not have what the state says of it"});
    }
    const std::string& text = notice->unread->text;
    std::string json = json_of(named->record);
    if (engine::is_utf8(text)) {
        json += R"(,"text":)";
        engine::append_json_string(json, text);
    } else {
        json += R"(,"base64":")";
        engine::append_base64(json, text);
        json += '"';
    }
    return json_answer(json + "}\n");
}

NextStep delete_unread_record(const Call& call) {
    const auto named = named_by(call);
    if (!named) return named.error();
    return drop(call, {named->record},
                [record = named->record.position](const engine::Receipt& /*receipt*/) {
                    return R"({"record":)" + std::to_string(record.value) + R"(,"done":"dropped")";
                });
}

}  // namespace freshet::http
