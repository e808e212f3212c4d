// A server that says the same to each who connects, and then only listens.
//
// Threads: a thread of its own, which ends with the object.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace freshet::bench {

class SaidOnce {
public:
    explicit SaidOnce(std::string words);
    ~SaidOnce();
    SaidOnce(const SaidOnce&) = delete;
    SaidOnce& operator=(const SaidOnce&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    void serve();

    std::string words_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace freshet::bench
