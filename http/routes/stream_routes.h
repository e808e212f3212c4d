// The streams: GET /events, and GET /records as text/event-stream. Events also come as batches of
// JSON, with `wait_s`, and are asked for by POST where the filter is long.
//
// Whatever a browser's EventSource could get over by trying again is answered with 200 and a
// `retry`: it takes any other status as final.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/views/read_point.h"
#include "http/routes/routes.h"
#include "http/streams/event_stream.h"

namespace freshet::http {

// Whether the client asks for a text/event-stream.
bool wants_stream(const Request& request);

// A stream that ends at once, with the request to come again after that time.
Answer stream_later(std::string_view reason, unsigned retry_ms);

// The head of an answer that is a stream, which continues after that id.
Answer stream_head(std::string_view id);

// After which id a client of a log of that epoch is to continue (http/streams/event_id.h): by its
// header, which a browser sends when it connects again, or else by the query.
std::optional<std::string> id_asked_for(const Request& request, std::uint64_t epoch);

// The stream of these events or records, after the id that the client shows.
StreamToFollow stream_of_events(const Call& call, StreamRequest asked,
                                const engine::ReadPoint& newest);

// When a stream cannot be read yet, or there is no room for it.
inline constexpr unsigned later_retry_ms = 5'000;

NextStep get_events(const Call& call);
// The parameters are the members of a JSON object.
NextStep post_events(const Call& call);
NextStep follow_records(const Call& call);

}  // namespace freshet::http
