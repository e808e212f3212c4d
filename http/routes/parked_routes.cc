#include "http/routes/parked_routes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>
#include "engine/catalog/item_key.h"
#include "engine/folding/function_facts.h"
#include "engine/functions/function_event.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "engine/values/plain_json.h"
#include "engine/values/time_text.h"
#include "http/messages/query.h"
#include "http/routes/function_routes.h"
#include "http/routes/order_body.h"

namespace freshet::http {
namespace {

using engine::Function;
using engine::JsonNode;
using engine::JsonType;
using engine::ParkedRecord;
using storage::FunctionNote;
using storage::Notice;
using storage::NoticeKind;
using storage::ParkedAs;
using storage::Position;
using ReadPointPtr = std::shared_ptr<const engine::ReadPoint>;

constexpr std::uint64_t limit_max = 1'000;
constexpr std::uint64_t limit_default = 100;
constexpr std::size_t samples_max = 10;

constexpr const char* order_form =
    R"(expected {"do":"again","records":[42]}, or "drop" and "all":true; and "dry_run":true to be )"
    R"(told only, "superseded":true for records whose items have changed since)";

// A parked record, and where its item stands.
struct Found {
    ParkedRecord parked;
    Position superseded_by;  // the item's newest record, if that is a later one; or else 0
};

Result<Found> look_up(const Function& function, ParkedRecord parked,
                      const engine::ReadPoint& read_point) {
    Found found{.parked = std::move(parked), .superseded_by = {}};
    // Where later ones wait for it, none was taken.
    if (function.hold == engine::Hold::item) return found;
    const auto key = engine::item_key(*function.table, found.parked.keys.view());
    if (!key) return found;  // the table has another key by now
    const auto newest = read_point.newest_record(*function.table, *key);
    if (!newest) return fail(newest.error());
    if (*newest > found.parked.record) found.superseded_by = *newest;
    return found;
}

Result<std::vector<Found>> find_after(const Function& function, Position after, std::size_t limit,
                                      const engine::ReadPoint& read_point) {
    auto parked = engine::parked_after(function.name, after, limit, read_point.state());
    if (!parked) return fail(parked.error());
    std::vector<Found> all;
    for (ParkedRecord& one : *parked) {
        auto found = look_up(function, std::move(one), read_point);
        if (!found) return fail(found.error());
        all.push_back(*std::move(found));
    }
    return all;
}

Result<std::optional<Found>> find_one(const Function& function, Position record,
                                      const engine::ReadPoint& read_point) {
    auto found = find_after(function, {record.value - 1}, 1, read_point);
    if (!found) return fail(found.error());
    if (found->empty() || found->front().parked.record != record) return std::optional<Found>();
    return std::optional(std::move(found->front()));
}

std::string json_of(const Found& found) {
    const ParkedRecord& parked = found.parked;
    std::string json = R"({"record":)" + std::to_string(parked.record.value) + R"(,"key":)";
    engine::append_plain_json(json, parked.keys.view());
    json += R"(,"status":")" + std::string(engine::word_of(parked.status));
    json += R"(","attempts":)" + std::to_string(parked.attempts);
    if (!parked.error.empty()) {
        json += R"(,"error":)";
        engine::append_json_string(json, parked.error);
    }
    json += R"(,"since":")" + engine::text_of(parked.since) + '"';
    if (!parked.body.empty()) json += R"(,"edited":true)";
    if (found.superseded_by.value > 0) {
        json += R"(,"superseded_by":)" + std::to_string(found.superseded_by.value);
    }
    return json;
}

// The function and the record that the path names.
struct Named {
    const Function* function;
    ReadPointPtr read_point;
    Found found;
};

tl::expected<Named, Answer> named_by(const Call& call) {
    const auto function = administered_function(call);
    if (!function) return tl::unexpected(function.error());
    auto read_point = call.context.engine.read_point();
    if (!read_point) return tl::unexpected(problem_of(read_point.error()));
    const std::string& text = call.request.target.segments[3];
    const auto record = whole_number(text);
    auto found = record && *record > 0 ? find_one(**function, {*record}, **read_point)
                                       : Result<std::optional<Found>>(std::nullopt);
    if (!found) return tl::unexpected(problem_of(found.error()));
    if (!*found) {
        return tl::unexpected(
            problem(404, "no record '" + text + "' is parked for function " + (*function)->name));
    }
    return Named{
        .function = *function, .read_point = *std::move(read_point), .found = **std::move(found)};
}

Notice parked_notice(const Call& call, const Function& function, const ParkedRecord& parked,
                     ParkedAs status, std::string body) {
    Notice notice = notice_of(call, function, NoticeKind::parked,
                              {.record = parked.record,
                               .replaces = parked.noted,
                               .status = status,
                               .attempts = parked.attempts,
                               .error = parked.error,
                               .body = std::move(body)});
    notice.table = parked.table;
    notice.keys = parked.keys;
    return notice;
}

Notice dropped_notice(const Call& call, const Function& function, const ParkedRecord& parked) {
    return notice_of(call, function, NoticeKind::released,
                     {.record = parked.record, .replaces = parked.noted, .is_dropped = true});
}

// What an order does to the records that it is about.
struct Order {
    bool drops = false;
    bool takes_superseded = false;
    bool is_dry_run = false;
    std::optional<std::vector<Position>> records;  // nothing: all of them
    Position after;
};

struct Choice {
    std::vector<Found> chosen;
    std::vector<Found> superseded;  // left alone, as the next two are
    std::size_t held = 0;
    std::size_t absent = 0;
    std::size_t changed = 0;  // since they were chosen: the function, or another order, was first
    std::optional<Position> next;  // there are more behind it
};

// What is named twice is one record, and the oldest comes first.
void drop_repeated(std::vector<Position>& records) {
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
}

tl::expected<Order, Answer> read_order(Request& request) {
    const auto document = json_in(request);
    if (!document) return tl::unexpected(document.error());
    const JsonNode& body = document->root();
    Order order;
    bool is_right = body.is(JsonType::object) && body.find("do") != nullptr &&
                    (body.find("all") == nullptr) != (body.find("records") == nullptr);
    for (const JsonNode& member : body) {
        if (member.name() == "do") {
            order.drops = member.text() == "drop";
            is_right = is_right && (order.drops || member.text() == "again");
        } else if (member.name() == "records" && member.is(JsonType::array) &&
                   member.size() <= limit_max) {
            order.records.emplace();
            for (const JsonNode& one : member) {
                const auto number = whole_number(one.text());
                is_right = is_right && one.is(JsonType::number) && number && *number > 0;
                order.records->push_back({number.value_or(0)});
            }
            drop_repeated(*order.records);
        } else if (member.name() == "after" && whole_number(member.text())) {
            order.after = {*whole_number(member.text())};
        } else if (member.is(JsonType::boolean) && member.name() == "all") {
            is_right = is_right && member.truth();
        } else if (member.is(JsonType::boolean) && member.name() == "dry_run") {
            order.is_dry_run = member.truth();
        } else if (member.is(JsonType::boolean) && member.name() == "superseded") {
            order.takes_superseded = member.truth();
        } else {
            is_right = false;
        }
    }
    if (!is_right) return tl::unexpected(problem(422, order_form));
    return order;
}

void choose(Found found, const Order& order, Choice& choice) {
    if (!order.drops && found.parked.status == ParkedAs::held) {
        ++choice.held;
    } else if (!order.drops && found.superseded_by.value > 0 && !order.takes_superseded) {
        choice.superseded.push_back(std::move(found));
    } else {
        choice.chosen.push_back(std::move(found));
    }
}

Result<Choice> choose(const Function& function, const Order& order,
                      const engine::ReadPoint& read_point) {
    Choice choice;
    if (!order.records) {
        auto page = find_after(function, order.after, limit_max + 1, read_point);
        if (!page) return fail(page.error());
        if (page->size() > limit_max) {
            page->pop_back();
            choice.next = page->back().parked.record;
        }
        for (Found& found : *page) choose(std::move(found), order, choice);
        return choice;
    }
    for (const Position record : *order.records) {
        auto found = find_one(function, record, read_point);
        if (!found) return fail(found.error());
        if (!*found) {
            ++choice.absent;
        } else {
            choose(**std::move(found), order, choice);
        }
    }
    return choice;
}

void append_samples(std::string& json, std::string_view name, const std::vector<Found>& found) {
    json += ",\"" + std::string(name) + "\":[";
    for (std::size_t i = 0; i < std::min(found.size(), samples_max); ++i) {
        if (i > 0) json += ',';
        json += json_of(found[i]) + '}';
    }
    json += ']';
}

std::string json_of(const Choice& choice, const Order& order) {
    std::string json = "{\"" + std::string(order.drops ? "dropped" : "again") +
                       "\":" + std::to_string(choice.chosen.size());
    json += R"(,"superseded":)" + std::to_string(choice.superseded.size());
    json += R"(,"held":)" + std::to_string(choice.held);
    json += R"(,"absent":)" + std::to_string(choice.absent);
    json += R"(,"changed":)" + std::to_string(choice.changed);
    append_samples(json, "records", choice.chosen);
    append_samples(json, "superseded_records", choice.superseded);
    if (choice.next) json += R"(,"next":)" + std::to_string(choice.next->value);
    return json;
}

NextStep done_to_one(const Named& named, Notice notice, std::string_view did) {
    const std::string record = std::to_string(named.found.parked.record.value);
    return note_of_function(
        {std::move(notice)}, [record, did = std::string(did),
                              function = named.function->name](const engine::Receipt& receipt) {
            if (receipt.notices.front().value == 0) {
                return problem(409,
                               "the function, or another order, has come first: look at the "
                               "record again");
            }
            std::string json = R"({"record":)" + record + R"(,"done":")" + did + '"';
            return noted_answer(std::move(json), receipt,
                                did + " record " + record + " of function " + function);
        });
}

std::string done_to_many(const Choice& choice, const Order& order) {
    return std::string(order.drops ? "dropped " : "handed over again ") +
           engine::quantity(choice.chosen.size(), "record") + " of function ";
}

// Leaves those out of the choice that the order came too late for.
void take_done(Choice& choice, const engine::Receipt& receipt) {
    std::vector<Found> done;
    for (std::size_t i = 0; i < choice.chosen.size(); ++i) {
        if (receipt.notices[i].value > 0) done.push_back(std::move(choice.chosen[i]));
    }
    choice.changed = choice.chosen.size() - done.size();
    choice.chosen = std::move(done);
}

}  // namespace

NextStep get_parked(const Call& call) {
    const Target& target = call.request.target;
    const auto function = administered_function(call, {"after", "limit"});
    if (!function) return function.error();
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto after = number_parameter(target, "after", any, 0);
    if (!after) return after.error();
    const auto limit = number_parameter(target, "limit", {1, limit_max}, limit_default);
    if (!limit) return limit.error();
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    // One more than the page has, to know whether it is the last.
    auto found =
        find_after(**function, {*after}, static_cast<std::size_t>(*limit) + 1, **read_point);
    if (!found) return problem_of(found.error());
    const bool is_last = found->size() <= *limit;
    if (!is_last) found->pop_back();
    std::string json = R"({"parked":[)";
    for (const Found& one : *found) {
        if (&one != found->data()) json += ',';
        json += json_of(one) + '}';
    }
    json += ']';
    if (!is_last) {
        json += R"(,"next":)" + std::to_string(found->back().parked.record.value);
    }
    return json_answer(json + "}\n");
}

NextStep post_parked(const Call& call) {
    const auto function = administered_function(call);
    if (!function) return function.error();
    const auto order = read_order(call.request);
    if (!order) return order.error();
    const auto read_point = call.context.engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    const auto choice = choose(**function, *order, **read_point);
    if (!choice) return problem_of(choice.error());
    if (order->is_dry_run || choice->chosen.empty()) {
        return json_answer(json_of(*choice, *order) +
                           (order->is_dry_run ? R"(,"dry_run":true)" : "") + "}\n");
    }
    std::vector<Notice> notices;
    for (const Found& found : choice->chosen) {
        const ParkedRecord& parked = found.parked;
        notices.push_back(
            order->drops ? dropped_notice(call, **function, parked)
                         : parked_notice(call, **function, parked, ParkedAs::again, parked.body));
    }
    return note_of_function(std::move(notices), [choice = *choice, order = *order,
                                                 name = (*function)->name](
                                                    const engine::Receipt& receipt) mutable {
        take_done(choice, receipt);
        return noted_answer(json_of(choice, order), receipt, done_to_many(choice, order) + name);
    });
}

NextStep get_parked_record(const Call& call) {
    const auto named = named_by(call);
    if (!named) return named.error();
    const ParkedRecord& parked = named->found.parked;
    std::string content = parked.body;
    if (content.empty()) {
        const auto record = call.context.engine.record_at(*named->read_point, parked.record);
        if (!record) return problem_of(record.error());
        if (*record) {
            content =
                engine::function_event(*named->function, **record, named->read_point->mark().epoch);
        }
    }
    std::string json = json_of(named->found);
    json += R"(,"content":)" + (content.empty() ? "null" : content);
    return json_answer(json + "}\n");
}

NextStep put_parked_record(const Call& call) {
    const auto named = named_by(call);
    if (!named) return named.error();
    const auto body = json_in(call.request);
    if (!body) return body.error();
    if (!body->root().is(JsonType::object)) {
        return problem(422,
                       "expected the record as the function is to get it: the `content` of GET");
    }
    if (body->root().find("record") != nullptr && body->root().find("content") != nullptr) {
        return problem(422, "found all that GET answers, expected its `content` alone");
    }
    std::string text;
    engine::append_json(text, body->root());
    return done_to_one(*named,
                       parked_notice(call, *named->function, named->found.parked,
                                     named->found.parked.status, std::move(text)),
                       "edited");
}

NextStep post_parked_record(const Call& call) {
    const auto named = named_by(call);
    if (!named) return named.error();
    const ParkedRecord& parked = named->found.parked;
    if (parked.status == ParkedAs::held) {
        return problem(409,
                       "the record waits for an earlier one of its item, and is handed over "
                       "once that one is taken or dropped");
    }
    if (named->found.superseded_by.value > 0) {
        return problem(409,
                       "superseded by " + std::to_string(named->found.superseded_by.value) +
                           R"(: to hand it over all the same, POST {"do":"again","records":[)" +
                           std::to_string(parked.record.value) +
                           R"(],"superseded":true} to the path without its number)");
    }
    return done_to_one(*named,
                       parked_notice(call, *named->function, parked, ParkedAs::again, parked.body),
                       "again");
}

NextStep delete_parked_record(const Call& call) {
    const auto named = named_by(call);
    if (!named) return named.error();
    return done_to_one(*named, dropped_notice(call, *named->function, named->found.parked),
                       "dropped");
}

}  // namespace freshet::http
