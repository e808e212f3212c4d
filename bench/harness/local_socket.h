// A TCP connection to a server on this machine.
//
// Made to cost little: the load shall not be what is measured. It trusts the server; what it does
// not understand is a Failure.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::bench {

class LocalSocket {
public:
    // Connects to 127.0.0.1. Throws a Failure if nobody listens. The system takes in so many bytes
    // for it; 0: as many as it likes.
    explicit LocalSocket(std::uint16_t port, int receive_buffer = 0);
    ~LocalSocket();
    LocalSocket(LocalSocket&& other) noexcept;
    LocalSocket& operator=(LocalSocket&&) = delete;

    [[nodiscard]] int descriptor() const { return socket_; }

    // Sends all of it, waiting for room. Throws a Failure if the server has closed, with what it
    // said before it did.
    void send(std::string_view bytes);

    // Takes in what is there, without waiting. False once the server has closed.
    bool receive();
    // Waits for more and takes it in. Throws a Failure if the server closes, or is silent for a
    // minute.
    void await_more();

    // What was received and not dropped.
    [[nodiscard]] std::string_view received() const {
        return std::string_view(received_).substr(dropped_);
    }
    void drop(std::size_t bytes);

    // True once there is something to receive, false after so long without.
    [[nodiscard]] bool await_bytes(int milliseconds) const;

private:
    int socket_ = -1;
    std::string received_;
    std::size_t dropped_ = 0;  // of its beginning
};

// Whether somebody listens on that port of 127.0.0.1.
bool is_listening(std::uint16_t port);

}  // namespace freshet::bench
