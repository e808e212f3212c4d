#include "http/routes/stream_routes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/text/json.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"
#include "http/routes/long_poll.h"
#include "http/streams/event_batch.h"
#include "http/streams/event_id.h"
#include "http/streams/event_stream.h"

namespace freshet::http {

namespace {

constexpr std::string_view media_type = "text/event-stream";
// Of a filter, and some for all else: they stay as long as the stream does.
constexpr std::size_t post_values_max = engine::filter_values_max + 16;

constexpr std::string_view vary = "Accept, Authorization, Cookie";

Answer bare_head() {
    Answer head(200);
    head.set("Content-Type", media_type);
    // Neither a cache nor a proxy may keep frames back; the last is nginx's own word for it.
    head.set("Cache-Control", "no-store, no-transform");
    head.set("X-Accel-Buffering", "no");
    head.set("Vary", vary);
    return head;
}

// The names by which an id may be given in the query.
constexpr std::array id_names =
    std::to_array<std::string_view>({"last_event_id", "lastEventId", "lastEventID"});

// By which ids the client says where it is.
std::vector<std::string> ids_shown(const Request& request) {
    std::vector<std::string> shown;
    for (const HeaderField& field : request.headers) {
        if (equal_ignoring_case(field.name, "Last-Event-ID")) shown.emplace_back(field.value);
    }
    std::erase(shown, "");
    if (!shown.empty()) return shown;
    for (const Parameter& parameter : request.target.query) {
        if (std::find(id_names.begin(), id_names.end(), parameter.name) != id_names.end()) {
            shown.push_back(parameter.value);
        }
    }
    std::erase(shown, "");
    return shown;
}

// What both kinds of stream take.
OrAnswer<StreamRequest> read_request(const Request& request) {
    StreamRequest asked;
    asked.caller = request.identity.caller;
    const auto named_bookmarks = flag_parameter(request.target, "bookmarks");
    if (!named_bookmarks) return tl::unexpected(named_bookmarks.error());
    asked.named_bookmarks = *named_bookmarks;
    return asked;
}

NextStep follow(const Call& call, StreamRequest asked) {
    const engine::Engine& engine = call.context.engine;
    const auto newest = engine.read_point();
    if (!newest) return stream_later(newest.error().message, later_retry_ms);
    return stream_of_events(call, std::move(asked), **newest);
}

// A batch of events that waits for the first of them.
class EventPoll final : public LongPoll {
public:
    EventPoll(const engine::Engine& engine, StreamRequest asked, const engine::ReadPoint& newest)
        : batch_(engine, std::move(asked), newest) {}

    std::variant<Answer, storage::Position> ask(bool is_over) override {
        const auto has_more = batch_.fill();
        if (!has_more) return problem_of(has_more.error());
        if (batch_.has_something() || is_over) return answer();
        const storage::Position seen = batch_.position();
        return *has_more ? seen : storage::Position{seen.value + 1};
    }

private:
    [[nodiscard]] Answer answer() const {
        Answer answer = json_answer(batch_.json());
        answer.set("Cache-Control", "no-store");
        answer.set("Vary", vary);
        return answer;
    }

    EventBatch batch_;
};

NextStep await_batch(const Call& call, StreamRequest asked, std::chrono::milliseconds wait) {
    const engine::Engine& engine = call.context.engine;
    const auto newest = engine.read_point();
    if (!newest) return problem_of(newest.error());
    asked.last_id = id_asked_for(call.request, (*newest)->mark().epoch);
    return begin_poll(std::make_unique<EventPoll>(engine, std::move(asked), **newest), wait);
}

// Adds what a member of a body says as parameters of the target. Returns false if it cannot be
// one.
bool add_parameters(Target& target, const engine::JsonNode& member) {
    using engine::JsonType;
    const std::string name(member.name());
    switch (member.type()) {
        case JsonType::string:
        case JsonType::number:
            target.query.push_back({name, std::string(member.text())});
            return true;
        case JsonType::boolean:
            target.query.push_back({name, member.truth() ? "true" : "false"});
            return true;
        case JsonType::array:
            // None would ask for everything.
            if (member.size() == 0) return false;
            for (const engine::JsonNode& element : member) {
                if (!element.is(JsonType::string)) return false;
                target.query.push_back({name, std::string(element.text())});
            }
            return true;
        case JsonType::null:
        case JsonType::object:
            return false;
    }
    return false;
}

}  // namespace

bool wants_stream(const Request& request) {
    return accepts(request, media_type);
}

Answer stream_later(std::string_view reason, unsigned retry_ms) {
    Answer later = bare_head();
    Stream::append_farewell(later.body, reason, retry_ms);
    return later;
}

Answer stream_head(std::string_view id) {
    Answer head = bare_head();
    head.set("Last-Event-ID", id);
    return head;
}

std::optional<std::string> id_asked_for(const Request& request, std::uint64_t epoch) {
    return id_to_resume(ids_shown(request), epoch);
}

StreamToFollow stream_of_events(const Call& call, StreamRequest asked,
                                const engine::ReadPoint& newest) {
    asked.last_id = id_asked_for(call.request, newest.mark().epoch);
    auto stream = std::make_unique<EventStream>(call.context.engine, std::move(asked), newest);
    Answer head = stream_head(stream->start_id());
    return StreamToFollow{std::move(head), std::move(stream)};
}

NextStep get_events(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const Target& target = request.target;
    if (auto refusal = refuse_unknown_parameters(
            target, {"unnamed", "bookmarks", "wait_s"},
            {"type", "topic", "table", "key", "last_event_id", "lastEventId", "lastEventID"})) {
        return *refusal;
    }
    auto asked = read_request(request);
    if (!asked) return asked.error();
    const auto unnamed = flag_parameter(target, "unnamed");
    if (!unnamed) return unnamed.error();
    asked->unnamed = *unnamed;
    const auto wait = seconds_parameter(target, "wait_s", std::chrono::milliseconds(0));
    if (!wait) return wait.error();
    const bool is_batch = find_parameter(target, "wait_s").has_value();
    if (is_batch && (asked->unnamed || asked->named_bookmarks)) {
        return problem(400, "unnamed and bookmarks are of streams, and wait_s asks for a batch");
    }

    auto filter = engine::EventFilter::make(engine.catalog(),
                                            {.types = find_parameters(target, "type"),
                                             .topics = find_parameters(target, "topic"),
                                             .tables = find_parameters(target, "table"),
                                             .keys = find_parameters(target, "key")},
                                            request.caller());
    if (!filter) return problem_of(filter.error());
    asked->filter = *std::move(filter);
    return is_batch ? await_batch(call, *std::move(asked), *wait) : follow(call, *std::move(asked));
}

NextStep post_events(const Call& call) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, {})) return *refusal;
    if (!equal_ignoring_case(content_type(call.request), "application/json")) {
        return problem(415, "the body must be of the type application/json");
    }
    const auto body = engine::JsonDocument::parse(std::exchange(call.request.body, {}));
    if (!body) return problem_of(body.error());
    if (!body->root().is(engine::JsonType::object)) {
        return problem(422, R"(expected an object, such as {"topic":["a","b"]})");
    }
    std::size_t values = 0;
    for (const engine::JsonNode& member : body->root()) {
        values += std::max<std::size_t>(member.size(), 1);
    }
    if (values > post_values_max) {
        return problem(422, "found " + std::to_string(values) + " values, expected at most " +
                                std::to_string(post_values_max));
    }
    std::vector<engine::Fault> faults;
    for (const engine::JsonNode& member : body->root()) {
        if (add_parameters(call.request.target, member)) continue;
        std::string pointer;
        engine::append_pointer(pointer, member.name());
        faults.push_back({.pointer = std::move(pointer),
                          .detail =
                              "expected a text, a number, a boolean or an array of one text or "
                              "more"});
    }
    if (!faults.empty()) {
        return problem(422, "nothing is asked for: " + count_of(faults), faults);
    }
    return get_events(call);
}

NextStep follow_records(const Call& call) {
    const engine::Engine& engine = call.context.engine;
    const Request& request = call.request;
    const Target& target = request.target;
    if (auto refusal = refuse_unknown_parameters(target, {"after", "table", "notices", "bookmarks"},
                                                 {"last_event_id", "lastEventId", "lastEventID"})) {
        return *refusal;
    }
    auto begun = read_request(request);
    if (!begun) return begun.error();
    StreamRequest& asked = *begun;
    asked.kind = StreamRequest::Kind::records;
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto after = number_parameter(target, "after", any, 0);
    if (!after) return after.error();
    if (find_parameter(target, "after")) asked.after = storage::Position{*after};
    if (const auto name = find_parameter(target, "table")) {
        asked.table = engine.catalog().table(*name);
        if (asked.table == nullptr) {
            return problem(404, "there is no table '" + std::string(*name) + "'");
        }
    }
    const auto notices = flag_parameter(target, "notices");
    if (!notices) return notices.error();
    asked.notices = *notices;
    if (auto refusal = refuse_log(request, asked.table)) return *std::move(refusal);
    return follow(call, std::move(asked));
}

}  // namespace freshet::http
