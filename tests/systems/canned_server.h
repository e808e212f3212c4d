// A server that answers as it was told beforehand, whatever it is asked, for clients that have to
// bear every answer.
//
// One connection for each answer, one after the other; it is closed once the answer is written.
//
// Threads: one of its own; the calls may come from any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace freshet::systems {

class CannedServer {
public:
    // The bytes of each answer; an empty one is never given, and its connection stays open.
    // After the last answer no connection is taken any more.
    explicit CannedServer(std::vector<std::string> answers);
    ~CannedServer();
    CannedServer(const CannedServer&) = delete;
    CannedServer& operator=(const CannedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // What was asked so far: each request's head, in lower case, and body.
    std::vector<std::string> requests();

private:
    void serve();
    void answer(int connection, const std::string& bytes);

    std::vector<std::string> answers_;
    std::uint16_t port_ = 0;  // before the listener, which sets it
    int listener_;
    std::vector<int> left_open_;
    std::mutex mutex_;
    std::vector<std::string> requests_;  // guarded by mutex_
    std::thread thread_;
};

// A port of this machine on which nobody listens, and nobody on the one after it. It is below those
// that the system gives to connections, one of which might have it by the time it is listened on;
// and no two calls give the same.
std::uint16_t closed_port();

// The bytes of an answer with this status, these header lines and this body.
std::string answer_bytes(int status, const std::string& header_lines, const std::string& body);

}  // namespace freshet::systems
