// A connection to a server on this machine that speaks just enough HTTP/1.1 to load it: a request
// is sent as it is given, and of an answer its status and body are found.
//
// Made to cost little: the load shall not be what is measured. It trusts the server; what it does
// not understand is a Failure.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::bench {

struct HttpAnswer {
    int status = 0;
    std::string body;
};

class HttpSocket {
public:
    // Connects to 127.0.0.1. Throws a Failure if nobody listens.
    explicit HttpSocket(std::uint16_t port);
    ~HttpSocket();
    HttpSocket(HttpSocket&& other) noexcept;
    HttpSocket& operator=(HttpSocket&&) = delete;

    [[nodiscard]] int descriptor() const { return socket_; }

    // Sends all of it, waiting for room. Throws a Failure if the server has closed, with what it
    // answered before it did.
    void send(std::string_view bytes);

    // Takes in what is there, without waiting. False once the server has closed.
    bool receive();
    // What was received and not taken.
    [[nodiscard]] const std::string& received() const { return received_; }
    void drop(std::size_t bytes) { received_.erase(0, bytes); }

    // The next answer, if it was received as a whole; its length must be said in its head.
    std::optional<HttpAnswer> take_answer();

    // Waits for it, up to a minute of silence.
    HttpAnswer await_answer();

    // True once there is something to receive, false after so long without.
    [[nodiscard]] bool await_bytes(int milliseconds) const;

private:
    int socket_ = -1;
    std::string received_;
};

// One GET on a connection of its own.
HttpAnswer http_get(std::uint16_t port, const std::string& target);

// A GET that can be sent again and again.
std::string get_request(const std::string& target);

// Throws a Failure that quotes the answer unless its status is 200.
void check_answer(const HttpAnswer& answer, const std::string& request);

}  // namespace freshet::bench
