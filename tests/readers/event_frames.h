// Server-Sent Events as the standard reads them: from bytes, however they are cut, to frames.
//
// Written from the standard alone and sharing nothing with the server, so that a mistake is not
// made twice. What stands before the end of the stream without a blank line is no frame.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace freshet::support {

// What stands between two blank lines.
struct Frame {
    std::string event;              // empty where no field `event` stands: a browser's `message`
    std::string data;               // the lines joined by LF
    bool fires = false;             // whether a listener is called: a field `data` stands in it
    std::optional<std::string> id;  // as this frame says it
    std::optional<std::uint64_t> retry;

    // Where a client stands that has taken this frame in, and those before it.
    std::string last_event_id;

    // A frame that moves the client's place and fires nothing.
    [[nodiscard]] bool is_bookmark() const { return id && !fires; }

    friend std::ostream& operator<<(std::ostream& out, const Frame& frame);
};

class FrameParser {
public:
    FrameParser() = default;

    // A new stream begins: what there is of a frame is forgotten; the client's place is kept, and
    // so are whole frames that have not been asked for.
    void begin_again();

    void take(std::string_view bytes);

    // The next frame, once its blank line has come. Blocks that are comments only are none.
    std::optional<Frame> next();

    // Where a client stands that has been given everything up to now.
    [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }

private:
    void take_line();
    void take_field(std::string_view name, std::string_view value);
    void end_frame();

    std::string line_;
    bool after_cr_ = false;
    bool first_line_ = true;

    Frame frame_;
    bool has_field_ = false;
    std::string id_buffer_;
    std::string last_event_id_;
    std::deque<Frame> frames_;
};

}  // namespace freshet::support
