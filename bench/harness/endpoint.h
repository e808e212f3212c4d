// Where functions are called in place of somebody's code: it takes each request that has a body of
// a known length, as fast as one thread can, and answers that all of the batch is taken; at once,
// or so long after the call.
//
// It does its work in serve() alone, which the loop that measures calls on the way: so there is no
// second thread on the core of the load. It trusts who calls: a head may be of any length.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace freshet::bench {

class Endpoint {
public:
    // Listens on a port of 127.0.0.1 that nobody has. Throws a Failure if it cannot.
    explicit Endpoint(unsigned delay_ms = 0);
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // Takes in what is there and answers what is due; waits up to so long until there is either.
    void serve(int wait_ms);

    // Calls that were received as a whole, since forget().
    struct Heard {
        std::uint64_t calls = 0;
        std::uint64_t bytes = 0;        // of their bodies
        std::uint64_t first_at_ns = 0;  // when the first began to come; 0: none has
        std::uint64_t last_at_ns = 0;   // when the last was there
    };
    [[nodiscard]] const Heard& heard() const { return heard_; }
    void forget() { heard_ = {}; }

    // The longest body so far; the first of several.
    [[nodiscard]] const std::string& longest_body() const { return longest_body_; }

private:
    struct Connection {
        int socket = -1;
        std::string head;  // of the request that comes, as far as it is there
        bool is_in_body = false;
        bool is_kept = false;  // its body is the longest so far
        bool is_over = false;
        std::size_t length = 0;     // of its body
        std::size_t body_left = 0;  // that has not come yet
        std::string body;           // if it is kept
    };
    struct Due {
        std::uint64_t at_ns;
        std::uint64_t connection;
    };

    void watch(int socket, std::uint64_t number) const;
    [[nodiscard]] int wait_until_due(int wait_ms) const;
    void accept_all();
    void receive(std::uint64_t number);
    void take(std::uint64_t number, Connection& connection, std::string_view bytes);
    static void take_head(Connection& connection, std::string_view& bytes,
                          std::size_t longest_body);
    static void take_body(Connection& connection, std::string_view& bytes);
    void end_call(std::uint64_t number, Connection& connection);
    static void answer(Connection& connection);
    void answer_due();
    void close_if_over(std::uint64_t number);

    const unsigned delay_ms_;
    int listener_ = -1;
    int epoll_ = -1;
    std::uint16_t port_ = 0;
    std::vector<char> buffer_;
    std::unordered_map<std::uint64_t, Connection> connections_;
    std::uint64_t last_connection_ = 0;  // numbered from 1; 0 is the listener
    std::deque<Due> due_;
    Heard heard_;
    std::string longest_body_;
};

}  // namespace freshet::bench
