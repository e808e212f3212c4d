// One frame of a text/event-stream, as the HTML standard defines it. Pure.
//
// A frame is appended whole: a client drops one that was cut, and asks for it again by the id
// before.
#pragma once

#include <string>
#include <string_view>

namespace freshet::http {

// Fields that are empty are left out. With only an id it is a bookmark: it moves the client's
// cursor and fires no event.
struct SseFrame {
    std::string_view id;     // letters, digits, dots and dashes
    std::string_view event;  // likewise, with - and _
    std::string_view data;   // any text: a line of its own for each line of it
};

void append_frame(std::string& out, const SseFrame& frame);

// Text that no client hears of: what a person sees who looks at the stream. Line ends and other
// control characters in it become blanks.
void append_comment(std::string& out, std::string_view text);

// How long a client is to wait before it connects again.
void append_retry(std::string& out, unsigned milliseconds);

}  // namespace freshet::http
