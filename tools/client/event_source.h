// The watching side of Server-Sent Events: from bytes to frames, and a subscription that outlives
// its connections.
//
//     Client::read_some  ->  EventStreamParser  ->  EventSource::next
//
// The parser follows the WHATWG's rules for text/event-stream to the letter, but for one addition:
// a frame that only has an id, which browsers take in silently, is handed out as a bookmark.
//
// Invariants
//   - A frame counts only when it is whole: what a cut connection leaves of one is forgotten, and
//     so is its id.
//   - The last id stays, over frames without one and over reconnects.
//
// Threads: each object belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "storage/result.h"
#include "tools/client/client.h"

namespace freshet::http {

struct ReceivedFrame {
    std::string id;    // the last that was said, in this frame or before
    std::string type;  // "message" where the frame says none
    std::string text;
    bool bookmark = false;  // it has an id and nothing else

    bool operator==(const ReceivedFrame&) const = default;
};

class EventStreamParser {
public:
    static constexpr std::size_t frame_bytes_max = 64U << 20U;

    // Takes in what came. Fails with too_large  beyond frame_bytes_max in one frame.
    Result<void> take(std::string_view bytes);

    // The oldest whole frame that was not handed out yet.
    std::optional<ReceivedFrame> next();

    // Another connection begins: nothing is kept but the last id and the time to wait.
    void begin_stream();

    [[nodiscard]] const std::string& last_id() const { return last_id_; }
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const { return retry_; }
    // The last comment, if no frame came after it: a server that ends a stream says why so.
    [[nodiscard]] const std::string& comment() const { return comment_; }

private:
    void end_line();
    void take_field(std::string_view name, std::string_view value);
    void end_frame();

    std::string line_;  // as much of it as has come
    bool first_line_ = true;
    bool after_cr_ = false;  // a LF now belongs to the line that has ended

    std::string type_;
    std::string text_;
    std::string id_;
    bool has_id_ = false;
    std::string last_id_;
    std::optional<std::chrono::milliseconds> retry_;
    std::string comment_;
    std::deque<ReceivedFrame> frames_;
};

struct Subscription {
    std::string target;  // such as /events?topic=new-order
    // Told once each time that the stream is gone, or is not given: from then on it waits.
    std::function<void(std::string_view why)> on_interruption = [](std::string_view) {};
    // Told once the next frame is there.
    std::function<void()> on_return = [] {};
};

// Asks for the stream again whenever it ends, after the last id, for ever, with the pauses that the
// server asks for, longer ones while it cannot be reached, and chance in them.
class EventSource {
public:
    // Borrows the client, which must outlive the source.
    EventSource(Client& client, Subscription subscription);

    // Waits for the next frame. Nothing once the server says that there will be no more (204).
    //
    // Fails with refused  if the server says so for good, such as by 401, 403 or 404;
    //            what the client fails with  if the server cannot be reached the first time;
    //            too_large  for a frame beyond EventStreamParser::frame_bytes_max.
    Result<std::optional<ReceivedFrame>> next();

private:
    enum class Opening { open, failed, ended };

    Result<Opening> open();
    void say(std::string_view why);
    void say_return();
    [[nodiscard]] std::string end_of_stream() const;
    void pause();

    Client& client_;
    Subscription subscription_;
    EventStreamParser parser_;
    std::string received_;
    std::minstd_rand dice_{std::random_device()()};
    std::optional<std::chrono::seconds> asked_pause_;  // by Retry-After
    unsigned failures_ = 0;                            // in a row
    bool open_ = false;
    bool was_open_ = false;  // ever
    bool said_ = false;      // of this interruption
};

}  // namespace freshet::http
