#include "tests/readers/event_frames.h"

#include <algorithm>
#include <utility>

namespace freshet::support {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Frame& frame) {
    out << "{event " << frame.event << ", id " << frame.id.value_or("(none)");
    if (frame.retry) out << ", retry " << *frame.retry;
    return out << (frame.fires ? ", data " + frame.data : ", no data") << '}';
}

void FrameParser::begin_again() {
    line_.clear();
    after_cr_ = false;
    first_line_ = true;
    frame_ = {};
    has_field_ = false;
    id_buffer_ = last_event_id_;
}

void FrameParser::take(std::string_view bytes) {
    for (const char c : bytes) {
        const bool second_half_of_end = c == '\n' && after_cr_;
        after_cr_ = c == '\r';
        if (second_half_of_end) continue;
        if (c == '\r' || c == '\n') {
            take_line();
            continue;
        }
        line_ += c;
        // One mark at the very beginning is no part of the stream.
        if (first_line_ && line_ == byte_order_mark) line_.clear();
        if (line_.empty()) first_line_ = false;
    }
}

void FrameParser::take_line() {
    const std::string line = std::exchange(line_, {});
    first_line_ = false;
    if (line.empty()) {
        end_frame();
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0) return;
    if (colon == std::string::npos) {
        take_field(line, {});
        return;
    }
    std::string_view value = std::string_view(line).substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    take_field(std::string_view(line).substr(0, colon), value);
}

void FrameParser::take_field(std::string_view name, std::string_view value) {
    if (name == "event") {
        frame_.event = value;
    } else if (name == "data") {
        frame_.data += value;
        frame_.data += '\n';
        frame_.fires = true;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        frame_.id = value;
        id_buffer_ = value;
    } else if (name == "retry" && !value.empty() && all_digits(value)) {
        frame_.retry = std::stoull(std::string(value));
    } else {
        return;
    }
    has_field_ = true;
}

void FrameParser::end_frame() {
    last_event_id_ = id_buffer_;
    Frame frame = std::exchange(frame_, {});
    if (!std::exchange(has_field_, false)) return;
    if (frame.fires) frame.data.pop_back();
    frame.last_event_id = last_event_id_;
    frames_.push_back(std::move(frame));
}

std::optional<Frame> FrameParser::next() {
    if (frames_.empty()) return std::nullopt;
    Frame frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
}

}  // namespace freshet::support
