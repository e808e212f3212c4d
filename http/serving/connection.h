// One client's connection, from its first byte to its last.
//
//     read  ->  every request that has come: check, route, respond  ->  one write  ->  read
//
// What it knows of one request is an Exchange, of a stream a FollowedStream, and of what the engine
// has yet to say an EngineWait. The connection itself reads, writes, waits and closes.
//
// Requests are answered in their order. Answers to all that one read brought are written at once,
// so a client that pipelines pays one system call for many. Reads of state are answered in place:
// looking an item up costs less than going to another thread and back.
//
// A stream takes the connection over for good: what is new is written in place when the worker says
// that there is something, and only a client that does not take it at once costs more than that.
//
// Every wait has a deadline (http/serving/waits.h), which the worker checks once a second. Only
// what is done elsewhere (connection_work.cc) ends when it is done.
//
// Threads: everything happens on the worker's thread, but for what takes long
// (connection_work.cc), and for the answer to a lone writer (http/serving/lent_socket.h). While
// that is done elsewhere, the connection does nothing else.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "http/limits/body_budget.h"
#include "http/messages/answer.h"
#include "http/routes/routes.h"
#include "http/serving/asio_types.h"
#include "http/serving/channel.h"
#include "http/serving/client_turns.h"
#include "http/serving/engine_wait.h"
#include "http/serving/exchange.h"
#include "http/serving/followed_stream.h"
#include "http/serving/input_buffer.h"
#include "http/serving/lent_socket.h"
#include "http/serving/postbox.h"
#include "http/serving/request_reader.h"
#include "http/serving/service.h"
#include "http/serving/waits.h"

namespace freshet::http {

class Connection;

// Wakes connections that follow the log. Lives on their thread and outlives them.
class RecordsWatch {
public:
    virtual ~RecordsWatch() = default;
    // Has send_new_records() called on every connection that awaits records once there is more than
    // `position`.
    virtual void watch(storage::Position position) = 0;
    // Has it called on this one at that time, if it is there and follows the log yet.
    virtual void wake_at(TimePoint time, std::weak_ptr<Connection> connection) = 0;
    // It need not be called on this one at that time any more.
    virtual void let_sleep(TimePoint time, const Connection& connection) = 0;
};

// Whether the connection closes once its output is written. A later one of these wins over an
// earlier one, and none is taken back.
enum class Closing : std::uint8_t {
    no,             // the next request is read
    after_answer,   // the client has asked for it, a stream has ended, or the server stops
    after_refusal,  // likewise; but the client may still be sending what nobody reads
    broken          // the client takes nothing more
};

// A body of lines, and a client that takes its answers, have to keep up 1 KiB a second.
inline constexpr std::chrono::nanoseconds time_of_a_byte{1'000'000'000 / 1'024};

// What a connection and the thread for long work share of one piece of work. The other thread may
// be the last to let go of it, after the event loop is gone, so nothing of the event loop is in it.
struct WorkElsewhere {
    // False once the connection was cut: work that has not begun is skipped then.
    std::atomic<bool> is_wanted{true};
    // Written by the other thread before it says that it is over, and read after that.
    bool is_done = false;
    std::exception_ptr fault;
};

// A body longer than this takes more than some milliseconds to decode.
inline constexpr std::size_t long_body_bytes = 256U << 10U;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Socket socket, std::shared_ptr<Postbox> postbox, RecordsWatch& watch,
               ClientTurns& turns, const Service& service, Peer peer);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The connection's life. Ends when the client leaves, misbehaves, or is too slow.
    static Awaitable<void> serve(std::shared_ptr<Connection> self);

    // Ends a wait whose deadline has passed.
    void tick(TimePoint now);

    // Writes what a follower has not heard of yet, if it waits for more; a request that waits for
    // the log to grow is asked again.
    void send_new_records();
    [[nodiscard]] bool awaits_records() const {
        return wait_.what() == Waits::records && (!stream_ || stream_->awaits_records());
    }

    // Lets a request that is under way finish; without one, closes.
    void begin_stop();

    // Closes, whatever is under way.
    void abort();

    // What http/serving/eviction.h asks of it.
    [[nodiscard]] const Peer& peer() const { return peer_; }
    [[nodiscard]] TimePoint came_at() const { return came_at_; }
    // Whether it has been answered nothing yet, and has not even sent a request's head.
    [[nodiscard]] bool is_silent() const;
    // Whether it waits for its next request.
    [[nodiscard]] bool is_idle() const;
    // Whether nothing is under way that the client has to hear of.
    [[nodiscard]] bool may_be_evicted() const;
    // Closes, since another one is to have its place.
    void evict();

private:
    // How a read of a body of lines has ended; `more`: there may be more.
    enum class LinesRead : std::uint8_t { more, too_slow, broken_off };

    // Bytes in, bytes out, and the end.
    Awaitable<void> shake_hands();
    void prepare_read();
    bool write_now();
    Awaitable<bool> write_rest();
    bool hold_output();
    void close_after(Closing last);
    void end_with_credential();
    void give_way(TimePoint time);
    Awaitable<void> linger();

    // One request after the other.
    [[nodiscard]] bool is_turn_over() const;
    bool advance();
    void admit_body();
    void allow_body();
    void check(TimePoint time, std::chrono::sys_seconds wall_time);
    [[nodiscard]] LimitKey client() const;
    [[nodiscard]] bool is_greedy() const;
    void charge_turn(TimePoint time);
    NextStep next_step();
    [[nodiscard]] NextStep routed(std::chrono::sys_seconds wall_time, bool waited,
                                  engine::Patience patience);
    void respond(Answer answer);
    void note_answered(int status);
    void append_whole(std::string& output, Answer& answer, TimePoint time) const;
    void answer_late_request();

    // What takes long (connection_work.cc).
    Awaitable<NextStep> step_elsewhere(bool waited);
    Awaitable<bool> do_elsewhere(std::function<void()> work);

    // Requests that wait for the engine (connection_append.cc).
    Awaitable<std::optional<Answer>> wait_for_answer(NextStep step);
    Awaitable<std::optional<Answer>> append(RecordsToAppend records);
    [[nodiscard]] bool may_lend_socket(const RecordsToAppend& records) const;
    void lend_socket(const RecordsToAppend& records);
    void take_socket_back();
    Awaitable<void> wait_for_client();
    void note_sent(const std::string& left);
    [[nodiscard]] bool was_answered_for() const;
    Awaitable<Answer> append_lines(LinesToAppend lines);
    Awaitable<LinesRead> read_lines();
    Awaitable<LinesRead> decode_lines();
    Awaitable<void> take_lines(BulkAppend& bulk, std::string_view& rest);
    std::optional<LimitRefusal> hold_lines(const BulkAppend& bulk);
    void give_up_ended(BulkAppend& bulk, std::string_view why);
    void give_up(BulkAppend& bulk, LinesRead last) const;
    void submit(engine::ChangeBatch batch);
    Awaitable<bool> wait_for_receipt();
    Awaitable<void> wait_for_engine(Waits what, std::chrono::milliseconds timeout);
    void wake(std::uint64_t wait, EngineWait::Receipt receipt);

    // Requests that wait for the log to grow (connection_wait.cc).
    Awaitable<std::optional<Answer>> wait_for_position(storage::Position position,
                                                       std::chrono::milliseconds timeout);
    Awaitable<NextStep> await_position(PositionToAwait wanted);
    Awaitable<Answer> await_answer(AnswerToAwait awaited);
    Awaitable<Answer> poll_until(AnswerToAwait awaited, TimePoint deadline);
    [[nodiscard]] bool is_there(storage::Position position) const;
    static std::variant<Answer, storage::Position> ask(LongPoll& poll, bool is_over);
    Awaitable<bool> wait_for_growth(storage::Position position, TimePoint deadline);

    // A stream (connection_stream.cc).
    bool begin_stream(StreamToFollow started);
    [[nodiscard]] Subscribers::Who who() const;
    Awaitable<void> follow();
    Awaitable<void> let_others_go_first(std::chrono::nanoseconds worked);
    bool fill();
    Awaitable<bool> wait_for_records();
    void ask_to_be_woken();
    bool drop_client_bytes();
    void tick_stream(TimePoint time);
    void resume_stream();

    Channel channel_;
    const std::shared_ptr<Postbox> postbox_;
    RecordsWatch& watch_;
    ClientTurns& turns_;
    const Service& service_;
    const Peer peer_;

    InputBuffer input_;
    RequestReader reader_;
    TimePoint busy_since_;           // with the request
    TimePoint answered_at_;          // the newest request that was
    TimePoint turn_begun_;           // when this connection got to work last
    unsigned refused_in_a_row_ = 0;  // requests of which there were too many
    Exchange exchange_;              // the request that reader_ is at
    std::string output_;
    std::size_t written_ = 0;       // of output_
    BodyBudget::Hold held_output_;  // of answers that the client has not taken

    Wait wait_;
    TimePoint idle_since_;  // while the next request is waited for
    Closing closing_ = Closing::no;
    bool stopping_ = false;  // the server stops: independent of all else here
    const TimePoint came_at_ = now();
    bool has_answered_ = false;  // anything but that it was refused
    bool is_evicted_ = false;
    bool awaits_answer_ = false;  // one that is long in coming

    EngineWait engine_wait_;
    std::shared_ptr<LentSocket> lent_;          // while records wait for their receipt; may be null
    TimePoint lines_deadline_;                  // of a body of lines; moves on as they come
    std::shared_ptr<WorkElsewhere> elsewhere_;  // while it is waited for
    std::unique_ptr<FollowedStream> stream_;    // from its beginning to the connection's end
    TimePoint wakes_at_;                        // as the stream asked for last; or before now
};

}  // namespace freshet::http
