// A connection's wait for the engine, one at a time: for the receipt of a batch, or until a
// position can be read.
//
//     begin()  ->  wait()  ->  receipt()
//         its number  ->  the engine  ->  answer()
//
// The answer may come before wait() is called, and after it was given up.
//
// Invariants
//   - Only the present wait is answered: an answer to an earlier one has another number.
//
// Threads: one, the connection's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/engine.h"
#include "http/serving/asio_types.h"
#include "storage/result.h"

namespace freshet::http {

class EngineWait {
public:
    using Receipt = std::optional<Result<engine::Receipt>>;

    explicit EngineWait(const Executor& executor) : timer_(executor) {}

    // Begins a wait and forgets what the one before has brought. Returns its number.
    std::uint64_t begin();

    // Ends the wait with that number. Returns false if it is not the present one.
    bool answer(std::uint64_t number, Receipt receipt);

    // Until the wait is answered or stopped, but no longer than `timeout`.
    Awaitable<void> wait(std::chrono::milliseconds timeout);

    // Ends wait() without an answer.
    void stop() { timer_.cancel(); }

    // What the present wait was answered with; nothing until then, or if it is for a position.
    [[nodiscard]] const Receipt& receipt() const { return receipt_; }

private:
    Timer timer_;
    std::uint64_t number_ = 0;
    bool is_answered_ = false;  // the present wait; receipt_ may be there only then
    Receipt receipt_;
};

}  // namespace freshet::http
