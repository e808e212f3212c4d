// An answer that is long in coming: its client waits for something to happen, rather than ask again
// and again. For clients without Server-Sent Events.
//
//     ask(false)  ->  the answer
//                 ->  from which position of the log on there may be one: wait, then ask again
//     ask(true)   ->  the answer, since the client's time is over
//
// Threads: belongs to one connection.
#pragma once

#include <chrono>
#include <memory>
#include <variant>

#include "http/messages/answer.h"
#include "storage/position.h"

namespace freshet::http {

class LongPoll {
public:
    LongPoll() = default;
    virtual ~LongPoll() = default;
    LongPoll(const LongPoll&) = delete;
    LongPoll& operator=(const LongPoll&) = delete;

    // `is_over`: the time is, and it must answer. Does a bounded amount of work.
    virtual std::variant<Answer, storage::Position> ask(bool is_over) = 0;
};

struct AnswerToAwait {
    std::unique_ptr<LongPoll> poll;
    storage::Position position;  // from which on there may be one
    std::chrono::milliseconds timeout;
};

}  // namespace freshet::http
