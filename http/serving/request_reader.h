// Turns the bytes of one connection into requests, one after the other.
//
//     bytes  ->  head (gate, Beast's parser, gate)  ->  body, decoded  ->  request
//
// A body in a content coding (http/messages/body_decoder.h) is decoded step by step: while
// is_decoding(), take() decodes a bounded part of what has come and takes nothing more. So its
// owner decides when others have their turn, and refuses a body before any of it is decoded.
//
// The head is copied once and parsed when it is whole, so the request's views stay valid until
// next(). Whatever the gate refuses ends the connection: there is no telling where the next
// request begins.
//
// Threads: belongs to one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/messages/answer.h"
#include "http/messages/body_decoder.h"
#include "http/messages/content_coding.h"
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

    // In the state body, of one that is gathered: it may have no more bytes than that, decoded.
    void limit_body(std::size_t bytes_max);
    // What the body takes of memory so far, with what decodes it. What is kept ready for it is none
    // yet.
    [[nodiscard]] std::size_t body_memory() const;
    // The part of it that decodes the body; 0 if it came as it is.
    [[nodiscard]] std::size_t decoder_memory() const;

    // In the state body: whether take() has something to decode, so that it needs no more bytes.
    [[nodiscard]] bool is_decoding() const;
    // The coding that the request's body came in, if that is one, and how many bytes it has made.
    [[nodiscard]] std::optional<ContentCoding> coding() const { return coding_; }
    [[nodiscard]] std::uint64_t decoded_bytes() const { return decoded_bytes_; }

    // From the end of the head on: whether the body is streamed, and the owner takes it.
    [[nodiscard]] bool streams() const { return streams_; }
    // What has come of a streamed body since the last call, without its framing.
    std::string take_body() { return std::exchange(request_.body, {}); }

    [[nodiscard]] Request& request() { return request_; }
    [[nodiscard]] const Request& request() const { return request_; }
    [[nodiscard]] const Answer& refusal() const { return *refusal_; }
    // Why what came in a body cannot be used, of a refusal for that; or else empty.
    [[nodiscard]] const std::string& body_fault() const { return body_fault_; }

    // Makes ready for the next request.
    void next();

private:
    class Parser;

    std::size_t parse_head(std::string_view bytes);
    std::size_t parse_body(std::string_view bytes);
    bool expect_body();
    bool expect_coding();
    void decode();
    void end_body();
    [[nodiscard]] std::string_view undecoded() const;
    void refuse(Answer answer);
    void refuse_body(int status, const std::string& fault);

    const std::size_t body_bytes_max_;
    const HostRule hosts_;
    State state_ = State::idle;
    std::string head_;
    std::unique_ptr<Parser> parser_;
    Request request_;
    std::optional<Answer> refusal_;
    std::string body_fault_;
    std::size_t body_taken_ = 0;  // with its framing
    bool streams_ = false;

    // Of a body in a coding; the decoder is there until the body is whole.
    std::optional<ContentCoding> coding_;
    std::unique_ptr<BodyDecoder> decoder_;
    std::string packed_;               // what has come of it
    std::size_t packed_taken_ = 0;     // of packed_, by the decoder
    std::size_t decoded_max_ = 0;      // that a body which is gathered may have
    std::uint64_t packed_bytes_ = 0;   // that the decoder took of the whole body
    std::uint64_t decoded_bytes_ = 0;  // and made of them
};

}  // namespace freshet::http
