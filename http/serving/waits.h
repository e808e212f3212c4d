// What a connection's coroutine is suspended in, and until when. Every wait but that of a
// stream for records has a deadline:
//
//     waits for   deadline                                              may be ended by
//     handshake   10 s                                                  tick, stop
//     request     75 s idle, 2 s where the server is crowded;           tick, stop
//                 10 s for a head, 30 s for a body
//     lines       30 s ahead of 1 KiB a second                          engine, tick, stop
//     room        10 s ahead of 1 KiB a second, 5 s of a stream         tick
//     position    what the reader asks for, 30 s at most (EngineWait)   engine, tick, stop
//     receipt     60 s (EngineWait)                                     engine
//                 60 s, of a lent socket                                client, engine, tick, stop
//     records     none: a heartbeat is written every 15 to 18 s         engine, tick, stop
//                 what the client asks for, 30 s at most, of an answer  engine, tick, stop
//     leaving     10 s                                                  tick, stop
//
// A tick also ends what waits under a credential that is believed no more. A request whose gathered
// body is under way is not ended by a stop, nor is a receipt: what has been begun is answered. What
// a lent socket waits for after its answer is ended by all of them (http/serving/lent_socket.h). A
// body of lines is told how far it came. An eviction ends all but a `receipt` that is to come
// (http/serving/eviction.h), and Connection::abort() each of them.
//
// Threads: one, the connection's.
#pragma once

#include <chrono>
#include <cstdint>

namespace freshet::http {

enum class Waits : std::uint8_t {
    nothing,
    handshake,
    request,   // for its bytes, or the first of the next one
    lines,     // for more of a body of lines
    room,      // until the client takes more of what is written
    position,  // until the read point is late enough
    receipt,   // of a batch
    records,   // until there is more to say on a stream or to a request, or the client leaves
    leaving    // until a client that was refused sends no more
};

class Wait {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Without a deadline, somebody else has to keep one.
    void begin(Waits what, TimePoint deadline = TimePoint::max()) {
        what_ = what;
        deadline_ = deadline;
        has_timed_out_ = false;
    }
    void end() {
        what_ = Waits::nothing;
        deadline_ = TimePoint::max();
    }

    // Notes that the deadline has passed, if it has. Returns whether it has.
    bool time_out(TimePoint now) {
        if (now < deadline_) return false;
        has_timed_out_ = true;
        return true;
    }

    [[nodiscard]] Waits what() const { return what_; }
    // Whether the present wait, or the newest one, ended by its deadline.
    [[nodiscard]] bool has_timed_out() const { return has_timed_out_; }

private:
    Waits what_ = Waits::nothing;
    TimePoint deadline_ = TimePoint::max();  // max() while nothing is waited for
    bool has_timed_out_ = false;
};

}  // namespace freshet::http
