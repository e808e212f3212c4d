#include "http/streams/sse_frame.h"

#include <algorithm>
#include <cstddef>

#include "storage/invariant.h"

namespace freshet::http {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    invariant(value.find('\n') == value.npos && value.find('\r') == value.npos,
              "a field of a frame is one line");
    out += name;
    out += ": ";
    out += value;
    out += '\n';
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20;
}

// CR, LF and CRLF all end a line for the client, so none of them may stand inside of one. Most data
// has none, so each of the two is looked for by itself: memchr() is much faster than one search for
// both.
void append_data(std::string& out, std::string_view data) {
    std::size_t begin = 0;
    std::size_t feed = data.find('\n');
    std::size_t carriage_return = data.find('\r');
    while (true) {
        const std::size_t end = std::min(feed, carriage_return);
        out += "data: ";
        out += data.substr(begin, end - begin);
        out += '\n';
        if (end == data.npos) return;
        begin = end + (data.substr(end).starts_with("\r\n") ? 2 : 1);
        if (feed < begin) feed = data.find('\n', begin);
        if (carriage_return < begin) carriage_return = data.find('\r', begin);
    }
}

}  // namespace

void append_frame(std::string& out, const SseFrame& frame) {
    if (!frame.id.empty()) append_field(out, "id", frame.id);
    if (!frame.event.empty()) append_field(out, "event", frame.event);
    if (!frame.data.empty()) append_data(out, frame.data);
    out += '\n';
}

void append_comment(std::string& out, std::string_view text) {
    std::string line(text);
    std::replace_if(line.begin(), line.end(), is_control, ' ');
    append_field(out, "", line);
    out += '\n';
}

void append_retry(std::string& out, unsigned milliseconds) {
    append_field(out, "retry", std::to_string(milliseconds));
    out += '\n';
}

}  // namespace freshet::http
