// The part of a connection's story that waits for the engine to write.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "http/routes/write_routes.h"
#include "http/serving/connection.h"

namespace freshet::http {

namespace {

using State = RequestReader::State;

// What is made sense of at once: a millisecond at most, be the lines long or short.
constexpr std::size_t slice_bytes_max = 64U << 10U;
constexpr std::size_t slice_lines_max = 100;

constexpr const char* not_acknowledged =
    "the records are not acknowledged yet; they may still be appended. Send them again: what was "
    "appended is then a duplicate";

constexpr const char* write_not_acknowledged =
    "the write is not acknowledged yet; it may still be carried out. With an Idempotency-Key, send "
    "it again; without one, read the item before you do";

std::string_view first_slice(std::string_view lines) {
    const std::string_view slice = lines.substr(0, slice_bytes_max);
    std::size_t end = 0;
    for (std::size_t count = 0; count < slice_lines_max; ++count) {
        const std::size_t line_end = slice.find('\n', end);
        if (line_end == std::string_view::npos) return slice;
        end = line_end + 1;
    }
    return slice.substr(0, end);
}

}  // namespace

// Nothing if the answer was made elsewhere.
Awaitable<std::optional<Answer>> Connection::wait_for_answer(NextStep step) {
    if (auto* records = std::get_if<RecordsToAppend>(&step)) {
        co_return co_await append(std::move(*records));
    }
    if (auto* awaited = std::get_if<AnswerToAwait>(&step)) {
        co_return co_await await_answer(std::move(*awaited));
    }
    allow_body();
    if (!write_now() && !co_await write_rest()) co_return Answer(408);
    co_return co_await append_lines(std::get<LinesToAppend>(std::move(step)));
}

Awaitable<std::optional<Answer>> Connection::append(RecordsToAppend records) {
    const bool is_direct = !records.batch.commands.empty();
    if (may_lend_socket(records)) lend_socket(records);
    submit(std::move(records.batch));
    bool is_late = false;
    if (lent_) {
        co_await wait_for_client();
        is_late = wait_.has_timed_out();
        const auto lent = std::exchange(lent_, nullptr);
        if (lent->left()) {
            note_sent(*lent->left());
            co_return std::nullopt;
        }
    }
    // The time that was given to a lent socket's receipt is not given once more.
    const bool has_come =
        is_late ? engine_wait_.receipt().has_value() : co_await wait_for_receipt();
    if (!has_come) {
        co_return problem(504, is_direct ? write_not_acknowledged : not_acknowledged);
    }
    co_return records.answer(*engine_wait_.receipt());
}

// Whether an answer may be sent while the connection waits for its receipt, as it would be written
// afterwards: alone, plain, and not the last.
bool Connection::may_lend_socket(const RecordsToAppend& records) const {
    return *service_.writers == 0 && records.is_plain && !channel_.is_secure() &&
           !reader_.coding() && output_.empty() && input_.unread().empty() &&
           reader_.request().keep_alive && !peer_.is_brief && !stopping_ && closing_ == Closing::no;
}

// What the answer is made from stays as it is until the socket is taken back. That is not the body,
// which is let go of: the next request may be long in coming.
void Connection::lend_socket(const RecordsToAppend& records) {
    reader_.take_body();
    exchange_.release_body();
    auto make_answer = [this, answer_to = records.answer](const Result<engine::Receipt>& receipt) {
        Answer answer = answer_to(receipt);
        std::string bytes;
        append_whole(bytes, answer, now());
        return bytes;
    };
    lent_ = std::make_shared<LentSocket>(channel_.native_handle(), std::move(make_answer));
}

void Connection::take_socket_back() {
    if (lent_) lent_->end();
}

// Reads what the client of a lent socket says next: mostly another request, once it has its answer.
// Then takes the socket back. Returns early when the connection has to answer what the engine says;
// when a tick, a stop or an eviction finds that the answer was sent; and at the deadline.
Awaitable<void> Connection::wait_for_client() {
    wait_.begin(Waits::receipt, now() + service_.receipt_max);
    const auto [error, count] = co_await channel_.read(input_.room(false));
    wait_.end();
    take_socket_back();
    turn_begun_ = now();
    if (!error) {
        input_.received(count);
    } else if (error != asio::error::operation_aborted) {
        // It sends no more, and another read would not be told so again.
        close_after(Closing::after_answer);
    }
}

// The sequencer's thread has sent the answer, but for what is left of it. It was no refusal.
void Connection::note_sent(const std::string& left) {
    answered_at_ = now();
    output_ = left;
    note_answered(200);
    if (is_evicted_) close_after(Closing::after_answer);
}

// Whether it only waits for its client, and does not know yet that its answer was sent.
bool Connection::was_answered_for() const {
    return wait_.what() == Waits::receipt && lent_ && lent_->is_answered();
}

// Hands the batch in; engine_wait_ has the receipt once it is answered. What throws in the engine's
// thread would end it, so a receipt that cannot be posted is lost: the wait for it has a deadline.
void Connection::submit(engine::ChangeBatch batch) {
    auto done = [postbox = postbox_, connection = weak_from_this(), wait = engine_wait_.begin(),
                 lent = lent_, writer = std::make_shared<WaitingWriter>(service_.writers)](
                    Result<engine::Receipt> receipt) {
        const bool was_alone = writer->leave();
        if (lent && was_alone && lent->answer(receipt)) return;
        postbox->try_post([connection, wait, receipt = std::move(receipt)]() mutable {
            if (const auto self = connection.lock()) self->wake(wait, std::move(receipt));
        });
    };
    service_.routes.engine.append(std::move(batch), std::move(done));
}

// Returns false if it takes too long.
Awaitable<bool> Connection::wait_for_receipt() {
    co_await wait_for_engine(Waits::receipt, service_.receipt_max);
    co_return engine_wait_.receipt().has_value();
}

// The next lines are read and decoded while those before them are being committed.
Awaitable<Answer> Connection::append_lines(LinesToAppend lines) {
    BulkAppend bulk(service_.routes.engine.catalog(), lines.options);
    std::string body = reader_.take_body();
    std::string_view rest = body;
    bool submitted = false;
    LinesRead last = LinesRead::more;
    lines_deadline_ = now() + service_.lines_grace;
    while (true) {
        if (submitted && engine_wait_.receipt()) {
            submitted = false;
            bulk.settle(*engine_wait_.receipt());
        }
        co_await take_lines(bulk, rest);
        const auto no_room = hold_lines(bulk);
        const bool whole = rest.empty() && reader_.state() == State::complete;
        if (whole && bulk.line_bytes() > long_body_bytes) {
            co_await do_elsewhere([&bulk] { bulk.end(); });
        } else if (whole) {
            bulk.end();
        }
        const auto end = reader_.request().identity.end(wall_clock_now());
        // What is gathered makes room once it is written, however little that is.
        if (!submitted && end.empty() && bulk.has_batch(no_room.has_value())) {
            submitted = true;
            submit(bulk.take_batch());
        }
        if (bulk.is_over()) break;
        const bool readable = last == LinesRead::more;
        const bool must_wait = whole || stopping_ || is_evicted_ || !readable || !rest.empty() ||
                               !end.empty() || no_room;
        if (submitted && must_wait) {
            const TimePoint begin = now();
            if (!co_await wait_for_receipt()) {
                submitted = false;
                bulk.settle(fail(Errc::unavailable, not_acknowledged));
            }
            lines_deadline_ += now() - begin;
        } else if (stopping_) {
            bulk.give_up(503, "the server is stopping");
        } else if (is_evicted_) {
            close_after(Closing::after_refusal);
            bulk.give_up(503, "there are too many connections");
        } else if (!end.empty()) {
            give_up_ended(bulk, end);
        } else if (no_room) {
            service_.metrics.count_limited(no_room->limit);
            bulk.give_up(no_room->status, no_room->detail);
        } else if (!readable) {
            give_up(bulk, last);
        } else {
            last = co_await read_lines();
            body = reader_.take_body();
            rest = body;
        }
    }
    const auto newest = service_.routes.engine.read_point();
    co_return bulk.answer(newest ? (*newest)->position() : storage::Position{});
}

// Takes as much of `rest` as there is room for, in slices, between which others have their turn.
Awaitable<void> Connection::take_lines(BulkAppend& bulk, std::string_view& rest) {
    while (!rest.empty()) {
        const std::string_view slice = first_slice(rest);
        std::size_t taken = 0;
        if (bulk.line_bytes() > long_body_bytes && slice.find('\n') != std::string_view::npos) {
            co_await do_elsewhere([&] { taken = bulk.take(slice); });
        } else {
            taken = bulk.take(slice);
        }
        rest.remove_prefix(taken);
        if (taken < slice.size()) co_return;
        if (!rest.empty()) {
            co_await channel_.yield();
        }
    }
}

// Counts what is held of it in memory. Returns why that is too much, if it is.
std::optional<LimitRefusal> Connection::hold_lines(const BulkAppend& bulk) {
    if (bulk.is_over()) return std::nullopt;
    const std::size_t bytes = bulk.bytes() + reader_.decoder_memory();
    return exchange_.hold_lines(service_, peer_, reader_.request(), bytes);
}

// The credential has ended, and why.
void Connection::give_up_ended(BulkAppend& bulk, std::string_view why) {
    const Answer refusal = ended(reader_.request().identity, wall_clock_now());
    bulk.give_up(401, std::string(why), refusal.reason);
}

// Why no more of a body of lines will come.
void Connection::give_up(BulkAppend& bulk, LinesRead last) const {
    if (reader_.state() == State::refused) {
        const std::string& fault = reader_.body_fault();
        bulk.give_up(reader_.refusal().status,
                     fault.empty() ? "what came next is not the rest of a body" : fault);
    } else if (last == LinesRead::too_slow) {
        bulk.give_up(408, "the lines came too slowly, at less than 1 KiB a second");
    } else {
        bulk.give_up(400, "the body ended before it was whole");
    }
}

// Takes in more of a body of lines, or returns early once the engine has answered.
Awaitable<Connection::LinesRead> Connection::read_lines() {
    if (reader_.is_decoding()) {
        co_return co_await decode_lines();
    }
    wait_.begin(Waits::lines, lines_deadline_);
    const auto [error, count] = co_await channel_.read(input_.room(true));
    wait_.end();
    if (wait_.has_timed_out()) co_return LinesRead::too_slow;
    if (error == asio::error::operation_aborted) co_return LinesRead::more;
    if (error) co_return LinesRead::broken_off;
    const std::chrono::nanoseconds earned = count * time_of_a_byte;
    lines_deadline_ = std::min<TimePoint>(lines_deadline_ + earned, now() + service_.lines_grace);
    input_.received(count);
    input_.consume(reader_.take(input_.unread()));
    co_return reader_.state() == State::refused ? LinesRead::broken_off : LinesRead::more;
}

// Decodes more of the lines that have come, when it is this connection's turn.
Awaitable<Connection::LinesRead> Connection::decode_lines() {
    co_await channel_.yield();
    if (!channel_.is_open()) co_return LinesRead::broken_off;
    reader_.take({});
    co_return reader_.state() == State::refused ? LinesRead::broken_off : LinesRead::more;
}

// Waits for wake(), but not longer than the timeout.
Awaitable<void> Connection::wait_for_engine(Waits what, std::chrono::milliseconds timeout) {
    if (!channel_.is_open()) co_return;
    wait_.begin(what);
    co_await engine_wait_.wait(timeout);
    wait_.end();
}

void Connection::wake(std::uint64_t wait, EngineWait::Receipt receipt) {
    if (!engine_wait_.answer(wait, std::move(receipt))) return;
    if (wait_.what() == Waits::lines || lent_) channel_.cancel();
}

}  // namespace freshet::http
