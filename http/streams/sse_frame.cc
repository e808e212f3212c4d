#include "http/streams/sse_frame.h"

#include <algorithm>
#include <cstddef>

#include "storage/invariant.h"
namespace freshet::http {

namespace {

constexpr std::string_view line_ends = "\r\n";

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

// CR, LF and CRLF all end a line for the client, so none of them may stand inside of one.
void append_data(std::string& out, std::string_view data) {
    while (true) {
        const std::size_t end = data.find_first_of(line_ends);
        out += "data: ";
        out += data.substr(0, end);
        out += '\n';
        if (end == std::string_view::npos) return;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
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
