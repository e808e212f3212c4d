// What a connection reads from and writes to: its socket, in the clear or through TLS.
//
//     in the clear   read, write, wait              ->  the socket
//     TLS            read, write, wait  ->  OpenSSL ->  the socket
//
// In the clear it is the socket and nothing else: each call is the socket's own.
//
// TLS is OpenSSL on the same non-blocking socket, and not Asio's stream over it: that writes by
// coroutines alone, while a follower of the log is written to in place, at once, by whoever has
// something to say, and waits only if its socket takes no more. OpenSSL reaches the socket through
// Asio, whose writes to a client that has left raise no signal.
//
// Invariants
//   - The socket does not block once something is read or written.
//   - What was not taken by write_now() is offered again, with the same bytes at its beginning.
//   - After a failure of TLS nothing is read or written any more.
//
// Threads: one, the connection's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>

#include <boost/asio/buffer.hpp>

#include "http/serving/asio_types.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace freshet::http {

enum class Handshake : std::uint8_t {
    done,
    clear_text,  // what came is HTTP without TLS; from now on the channel is in the clear
    failed,      // or was cancelled
};

class Channel {
public:
    using Received = std::tuple<ErrorCode, std::size_t>;
    using Waited = std::tuple<ErrorCode>;

    // Without a context of TLS, in the clear. Throws std::bad_alloc.
    Channel(Socket socket, const std::shared_ptr<ssl_ctx_st>& tls);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // Makes the socket such that it neither blocks nor waits for more to send.
    void prepare();

    [[nodiscard]] bool is_secure() const { return tls_ != nullptr; }
    // The first that is done on a secure channel.
    Awaitable<Handshake> shake_hands();

    // Waits for at least one byte. The error is operation_aborted after cancel(), and eof once the
    // client sends no more, whether it said so or not.
    Awaitable<Received> read(asio::mutable_buffer room) {
        if (!tls_) return socket_.async_read_some(room, as_value);
        return read_at_once_ ? read_tls_in_turn(room) : read_tls(room);
    }
    // What is there, without a wait: would_block if there is nothing.
    std::size_t read_now(asio::mutable_buffer room, ErrorCode& error);
    // Whether the client has sent more, or has left. Takes nothing.
    [[nodiscard]] bool has_input();
    // As much as the socket takes at once: would_block if it is nothing.
    std::size_t write_now(asio::const_buffer bytes, ErrorCode& error);

    // Until read_now(), or write_now() which would not take everything, is worth another call.
    Awaitable<Waited> wait_to_read();
    Awaitable<Waited> wait_to_write();

    // Lets everything else on this thread that is ready go first.
    Awaitable<void> yield();

    // Ends what is waited for with operation_aborted.
    void cancel();
    // Says that nothing more will be sent.
    void end_sending();
    void close();
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }
    // The socket's number (http/serving/lent_socket.h).
    [[nodiscard]] int native_handle() { return socket_.native_handle(); }
    [[nodiscard]] Executor executor() { return socket_.get_executor(); }

private:
    class Tls;

    Awaitable<Received> read_tls(asio::mutable_buffer room);
    Awaitable<Received> read_tls_in_turn(asio::mutable_buffer room);
    Awaitable<Waited> say_readable();

    Socket socket_;
    std::unique_ptr<Tls> tls_;
    bool cancelled_ = false;     // since the newest read or handshake began
    bool read_at_once_ = false;  // the newest read of TLS did not wait
};

}  // namespace freshet::http
