// A number that a server is asked for again and again, on a connection of its own, by somebody who
// does something else meanwhile.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/harness/local_socket.h"

namespace freshet::bench {

class AskedNumber {
public:
    // The number in a body.
    using Find = std::function<std::uint64_t(const std::string& body)>;

    AskedNumber(std::uint16_t port, std::string target, Find find);

    // Takes the answer if it is there, and asks again a tenth of a second after it asked last. Does
    // not wait. Throws a Failure if the answer is no success.
    void look();

    // As it was answered last; 0 before.
    [[nodiscard]] std::uint64_t number() const { return number_; }

private:
    void receive();

    LocalSocket socket_;
    const std::string target_;
    const Find find_;
    std::uint64_t number_ = 0;
    std::uint64_t asked_at_ = 0;
    bool is_asked_ = false;
};

}  // namespace freshet::bench
