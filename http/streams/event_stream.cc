#include "http/streams/event_stream.h"

#include <algorithm>
#include <utility>

#include "engine/access/grants.h"
#include "engine/records/dynamodb_json.h"
#include "engine/text/json.h"
#include "http/streams/sse_frame.h"

namespace freshet::http {

namespace {

constexpr std::string_view expected_ids =
    "what was requested is no id: a stream resumes after an id that it gave, or begins at "
    "'earliest' or 'latest'";

// The data of an event of the rule with `type` in front, unless the rule fills a `type` of its own.
std::string with_type(const engine::EventRule& rule, const std::string& event_data) {
    const auto& fields = rule.data;
    if (std::any_of(fields.begin(), fields.end(),
                    [](const engine::Field& field) { return field.name == "type"; })) {
        return event_data;
    }
    std::string data = R"({"type":)";
    engine::append_json_string(data, rule.type);
    const std::string_view members = std::string_view(event_data).substr(1);
    if (members != "}") data += ',';
    data += members;
    return data;
}

// For clients that ask for several topics and have to tell which of them it is of.
std::string with_topic(std::string_view topic, const std::string& event_data) {
    std::string data = R"({"topic":)";
    engine::append_json_string(data, topic);
    data += R"(,"data":)" + event_data + '}';
    return data;
}

}  // namespace

const engine::Event* StreamRequest::heard(const engine::WatchedRecord& watched) const {
    if (!filter.may_match(watched)) return nullptr;
    const engine::Event* event = watched.event();
    if (event == nullptr || !filter.matches(*event)) return nullptr;
    return engine::may_watch(*caller, *event->rule, event->topic, event->access_texts) ? event
                                                                                       : nullptr;
}

std::string StreamRequest::requested() const {
    return last_id ? *last_id : std::to_string(after.value_or(storage::Position{}).value);
}

EventStream::EventStream(const engine::Engine& engine, StreamRequest asked,
                         const engine::ReadPoint& newest)
    : request_(std::move(asked)),
      head_(newest.mark()),
      start_(StartPoint::of(request_.last_id, request_.after, head_)),
      follower_(engine, start_.after) {}

EventId EventStream::id_of(storage::Position position) const {
    return {head_.epoch, position, views_};
}

std::string EventStream::text_of(storage::Position position) const {
    std::string text;
    append_event_id(text, id_of(position));
    return text;
}

std::string EventStream::start_id() const {
    return text_of(start_.after);
}

void EventStream::begin(std::string& out) {
    if (start_.reset) {
        append_reset(out);
    } else {
        append_hello(out, head_.epoch, start_.after);
    }
    append_bookmark(out);
    // Most likely a person has mistyped a word, and looks at the stream.
    if (start_.is_malformed) append_comment(out, expected_ids);
}

void EventStream::append_reset(std::string& out) const {
    append_first_retry(out);
    const std::string data = reset_json(*start_.reset, request_.requested(), head_);
    append_frame(out, {.id = {}, .event = "reset", .data = data});
}

Result<bool> EventStream::fill(std::string& out, std::size_t bytes_max) {
    return follower_.read([&](const engine::WatchedRecord& watched) {
        if (request_.kind == StreamRequest::Kind::events) {
            append_event(out, watched);
        } else {
            append_record(out, watched);
        }
        return out.size() < bytes_max;
    });
}

void EventStream::append_event(std::string& out, const engine::WatchedRecord& watched) {
    const engine::Event* event = request_.heard(watched);
    if (event == nullptr) return;
    const std::string id = text_of(watched.record().position());
    if (request_.unnamed) {
        append_frame(
            out, {.id = id, .event = {}, .data = with_type(*event->rule, watched.event_data())});
    } else if (request_.names_topics) {
        const std::string data = with_topic(event->topic, watched.event_data());
        append_frame(out, {.id = id, .event = event->rule->type, .data = data});
    } else {
        append_frame(out, {.id = id, .event = event->rule->type, .data = watched.event_data()});
    }
    ++sent_;
}

void EventStream::append_record(std::string& out, const engine::WatchedRecord& watched) {
    const engine::Table* only = request_.table;
    if (only != nullptr && watched.table() != only) return;
    const storage::Record& record = watched.record();
    if (record.is_notice() && !request_.notices) return;
    std::string data;
    engine::append_record_json(data, record);
    const std::string id = text_of(watched.record().position());
    append_frame(out, {.id = id, .event = {}, .data = data});
    ++sent_;
}

void EventStream::append_bookmark(std::string& out) const {
    Stream::append_bookmark(out, id_of(position()), request_.named_bookmarks);
}

}  // namespace freshet::http
