#include "http/streams/stream.h"

#include "http/streams/sse_frame.h"

namespace freshet::http {

namespace {

// Before a client connects again that has lost its connection.
constexpr unsigned reconnect_ms = 2'000;

}  // namespace

void Stream::append_expiring(std::string& out, std::chrono::sys_seconds expires) {
    const std::string data =
        R"({"exp":)" + std::to_string(expires.time_since_epoch().count()) + '}';
    append_frame(out, {.id = {}, .event = "expiring", .data = data});
}

void Stream::append_farewell(std::string& out, std::string_view reason, unsigned retry_ms) {
    append_retry(out, retry_ms);
    append_comment(out, reason);
}

void Stream::append_first_retry(std::string& out) {
    append_retry(out, reconnect_ms);
}

void Stream::append_hello(std::string& out, std::uint64_t epoch, storage::Position position) {
    append_first_retry(out);
    std::string data = R"({"epoch":")" + epoch_text(epoch);
    data += R"(","position":)" + std::to_string(position.value) + '}';
    append_frame(out, {.id = {}, .event = "hello", .data = data});
}

void Stream::append_bookmark(std::string& out, const EventId& id, bool named) {
    std::string text;
    append_event_id(text, id);
    if (!named) return append_frame(out, {.id = text, .event = {}, .data = {}});
    const std::string data = R"({"position":)" + std::to_string(id.position.value) + '}';
    append_frame(out, {.id = text, .event = "bookmark", .data = data});
}

}  // namespace freshet::http
