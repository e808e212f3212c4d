// Turns the bytes of one connection into requests, one after the other.
//
//     bytes  ->  head (gate, Beast's parser, gate)  ->  body  ->  request
//
// The head is copied once and parsed when it is whole, so the request's views stay valid until
// next(). Whatever the gate refuses ends the connection: there is no telling where the next
// request begins.
//
// Threads: belongs to one connection.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/messages/request_gate.h"

namespace freshet::http {

// A body of lines (is_bulk() in http/routes/write_routes.h) may be of any length and is not
// gathered: after each take() its owner takes what has come, so that never more is held than was
// offered.
class RequestReader {
public:
    enum class State {
        idle,      // nothing of the next request has come
        head,      // a part of its head
        body,      // its head and perhaps a part of its body
        complete,  // request() is whole
        refused    // refusal() says why
    };

    explicit RequestReader(std::size_t body_bytes_max, HostRule hosts = HostRule::loopback);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    // Looks at `bytes`, takes what it can use and returns how much that is. The caller keeps the
    // rest and offers it again, with more behind it.
    std::size_t take(std::string_view bytes);

    [[nodiscard]] State state() const { return state_; }
    // In the state body: whether the client waits for "100 Continue" before it sends.
    [[nodiscard]] bool wants_continue() const;

    // In the state body, of one that is gathered: it may have no more bytes than that.
    void limit_body(std::size_t bytes_max);
    // What the body takes of memory so far. What is kept ready for it is none yet.
    [[nodiscard]] std::size_t body_memory() const;

    // From the end of the head on: whether the body is streamed, and the owner takes it.
    [[nodiscard]] bool streams() const { return streams_; }
    // What has come of a streamed body since the last call, without its framing.
    std::string take_body() { return std::exchange(request_.body, {}); }

    [[nodiscard]] Request& request() { return request_; }
    [[nodiscard]] const Answer& refusal() const { return *refusal_; }

    // Makes ready for the next request.
    void next();

private:
    class Parser;

    std::size_t parse_head(std::string_view bytes);
    std::size_t parse_body(std::string_view bytes);
    bool expect_body();
    void refuse(Answer answer);

    const std::size_t body_bytes_max_;
    const HostRule hosts_;
    State state_ = State::idle;
    std::string head_;
    std::unique_ptr<Parser> parser_;
    Request request_;
    std::optional<Answer> refusal_;
    std::size_t body_taken_ = 0;  // with its framing
    bool streams_ = false;
};

}  // namespace freshet::http
