#include "http/streams/event_batch.h"

#include <utility>

#include "engine/text/json.h"
#include "http/streams/event_id.h"

namespace freshet::http {

EventBatch::EventBatch(const engine::Engine& engine, StreamRequest asked,
                       const engine::ReadPoint& newest)
    : request_(std::move(asked)),
      head_(newest.mark()),
      start_(StartPoint::of(request_.last_id, request_.after, head_)),
      follower_(engine, start_.after) {}

Result<bool> EventBatch::fill() {
    const auto has_room = [this] { return events_.size() < batch_bytes_max; };
    const auto caught_up = follower_.read([&](const engine::WatchedRecord& watched) {
        add(watched);
        return has_room();
    });
    if (!caught_up) return fail(caught_up.error());
    return !*caught_up && has_room();
}

void EventBatch::add(const engine::WatchedRecord& watched) {
    const engine::Event* event = request_.heard(watched);
    if (event == nullptr) return;
    if (!events_.empty()) events_ += ',';
    events_ += R"({"id":")";
    append_event_id(events_, {head_.epoch, watched.record().position()});
    events_ += R"(","type":)";
    engine::append_json_string(events_, event->rule->type);
    events_ += R"(,"topic":)";
    engine::append_json_string(events_, event->topic);
    events_ += R"(,"data":)" + watched.event_data() + '}';
}

std::string EventBatch::json() const {
    std::string json = R"({"events":[)" + events_ + R"(],"next":")";
    append_event_id(json, {head_.epoch, position()});
    json += '"';
    if (start_.reset) {
        json += R"(,"reset":)" + reset_json(*start_.reset, request_.requested(), head_);
    }
    json += "}\n";
    return json;
}

}  // namespace freshet::http
