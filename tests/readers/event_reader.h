// A subscriber over a plain socket: what a browser's EventSource would make of what is on the wire,
// and every byte of it.
//
// It can be cut at any moment, in the middle of a frame too, and goes on as a browser does: with
// the same target, and with the id of the last whole frame that had one. What was received whole
// before a cut can still be taken afterwards.
//
// Every wait has a deadline; what does not come in time throws, and so fails the test.
//
// Threads: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/readers/event_frames.h"
#include "tests/readers/http_client.h"

namespace freshet::support {

struct ReaderOptions {
    int receive_buffer = 0;       // bytes that the system takes in for it; 0: as many as it likes
    bool asks_for_stream = true;  // `Accept: text/event-stream`
    std::string source;           // the IPv4 address to come from; empty: this machine's
};

class EventReader {
public:
    using Options = ReaderOptions;

    // Connects and asks for `target`.
    EventReader(std::uint16_t port, std::string target, HttpHeaders headers = {},
                Options options = {});
    ~EventReader();
    EventReader(EventReader&& other) noexcept;
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;

    // Of the newest answer; these wait for its head.
    int status();
    std::string header(const std::string& name);

    // The next frame; nothing once the stream has ended.
    std::optional<Frame> next();
    // The next frame that fires and is of the log: neither `hello` nor `reset`. Throws if the
    // stream ends before.
    Frame next_event();
    std::vector<Frame> next_events(std::size_t count);
    // Reads up to and including the first bookmark: from then on, nothing is missed.
    Frame await_bookmark();

    // A whole frame that was received and not yet taken.
    std::optional<Frame> received() { return parser_.next(); }

    // Takes in what comes next, at most so many bytes of it, and waits for it if need be. Returns
    // false once the stream has ended.
    bool receive(std::size_t bytes_max = 65'536);

    // Closes the connection without a word.
    void cut();
    // Connects again, with Last-Event-ID if there is one.
    void reconnect(std::uint16_t port);

    [[nodiscard]] const std::string& last_event_id() const { return parser_.last_event_id(); }
    // The bytes of the newest stream, without the framing of HTTP.
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    // How far one chunk of HTTP's own framing has come.
    enum class Chunk : std::uint8_t { size, body, end, none };

    EventReader(std::string target, HttpHeaders headers, Options options);
    void connect(std::uint16_t port);
    void send_request();
    bool read_head();
    void take_body(std::string_view bytes);
    void take_chunked(std::string_view bytes);

    std::string target_;
    HttpHeaders headers_;
    Options options_;
    int socket_ = -1;

    std::string head_;
    bool has_head_ = false;
    HttpAnswer answer_;
    Chunk chunk_ = Chunk::none;
    std::string chunk_size_;
    std::size_t chunk_left_ = 0;
    bool last_chunk_ = false;

    std::string bytes_;
    FrameParser parser_;
};

}  // namespace freshet::support
