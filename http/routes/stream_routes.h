// The streams: GET /events, and GET /records as text/event-stream.
//
// Whatever a browser's EventSource could get over by trying again is answered with 200 and a
// `retry`: it takes any other status as final.
#pragma once

#include <string_view>

#include "http/routes/routes.h"

namespace freshet::http {

// Whether the client asks for a text/event-stream.
bool wants_stream(const Request& request);

// A stream that ends at once, with the request to come again after that time.
Answer stream_later(std::string_view reason, unsigned retry_ms);

NextStep get_events(const Call& call);
NextStep follow_records(const Call& call);

}  // namespace freshet::http
