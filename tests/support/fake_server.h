// A server on a plain socket that answers each request with what a test has written down, so that a
// client can be shown what no real server does on purpose.
//
// Every wait has a deadline; what does not come in time ends the test program.
//
// Threads: any; a thread within serves one connection at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace freshet::support {

// What one request is answered with.
struct FakeReply {
    std::string bytes;   // as they are on the wire
    bool close = false;  // after them
    bool early = false;  // without reading the request's body first; ends the connection
};

struct FakeRequest {
    std::string head;
    std::string body;
    std::size_t connection = 0;  // from 0

    [[nodiscard]] std::string line() const { return head.substr(0, head.find("\r\n")); }
    [[nodiscard]] bool has(std::string_view text) const {
        return head.find(text) != std::string::npos;
    }
};

class FakeServer {
public:
    // The first request gets the first reply, and so on; beyond the last, connections are closed.
    explicit FakeServer(std::vector<FakeReply> replies);
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    [[nodiscard]] std::vector<FakeRequest> requests() const;

    // Waits until there have been so many.
    void await_requests(std::size_t count) const;

private:
    void serve();
    void serve_connection(int socket, std::size_t number);
    bool await_input(int socket) const;
    bool receive(int socket, std::string& received) const;

    std::vector<FakeReply> replies_;
    int listener_ = -1;
    int stop_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  // guards requests_
    mutable std::condition_variable came_;
    std::vector<FakeRequest> requests_;
    std::thread thread_;
};

// An answer with its length.
std::string answer_text(int status, std::string_view body, std::string_view more_headers = {});
// The head of an event stream, and one chunk of its body.
std::string stream_head();
std::string chunk(std::string_view text);

}  // namespace freshet::support
