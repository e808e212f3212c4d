// A connection's socket, lent for one answer to the thread that will hear first what it says.
//
//     lend (the connection)  ->  answer() (the engine's thread)  ->  end() (the connection)
//
// What a lone writer waits for is known on the sequencer's thread. To wake the connection's thread
// for it costs as much as to answer, so the answer is sent at once. The connection is not woken
// for an answer that the socket took whole: it waits for its client's next request meanwhile, and
// finds then that it was answered. Where several wait (http/serving/waiting_writers.h), one wake-up
// is for all of them, and the sequencer's thread has the next group to write: it sends one short
// answer of a group at most. It still is the connection's socket: the connection does nothing with
// it while it is lent, and may take it back at any time.
//
// Why that is safe
//   - The connection's coroutine is suspended in a read of what its client says next, and has
//     nothing left to write. Once the read ends it takes the socket back. Everything else that
//     could write, close or destroy the socket calls end() first. So nobody writes beside answer(),
//     the number of the socket is not another file's, and what the answer is made from is there and
//     does not change.
//   - answer() and end() exclude each other. answer() waits for nothing, so end() does not either.
//   - What is sent is the answer's beginning. left() is what the socket did not take at once: the
//     connection writes it, under its own deadline, and meets what is wrong with the socket then.
//   - An answer that cannot be made was not sent either, and the connection makes another.
//
// Threads: answer: any; the rest: the connection's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "engine/records/change_batch.h"
#include "storage/result.h"
#include "storage/thread_safety.h"

namespace freshet::http {

class LentSocket {
public:
    using Receipt = Result<engine::Receipt>;
    // The bytes of the answer. Called once at most, by answer(), before the socket is taken back.
    using MakeAnswer = std::function<std::string(const Receipt& receipt)>;

    // `socket` is a stream's, in the clear.
    LentSocket(int socket, MakeAnswer make_answer)
        : socket_(socket), make_answer_(std::move(make_answer)) {}
    LentSocket(const LentSocket&) = delete;
    LentSocket& operator=(const LentSocket&) = delete;

    // Sends the answer if the socket is lent still and the receipt admits all. Other receipts are
    // rare, and answered by the connection. Returns whether all of the answer was sent: if not, the
    // connection is to be told of the receipt.
    bool answer(const Receipt& receipt);

    // Whether all of the answer was sent.
    [[nodiscard]] bool is_answered() const;

    // Takes the socket back, if that was not done yet.
    void end();

    // After end(): what is left to be written of the answer; nothing if none was made.
    [[nodiscard]] const std::optional<std::string>& left() const { return left_; }

private:
    const int socket_;
    const MakeAnswer make_answer_;
    mutable Mutex mutex_;
    bool is_lent_ FRESHET_GUARDED_BY(mutex_) = true;
    std::optional<std::string> left_;  // guarded by mutex_ until end()
};

}  // namespace freshet::http
