// Somebody who posts changes of orders one after the other, in a thread of its own, whatever
// becomes of the server: what was not acknowledged is posted again to the next one, as a forwarder
// does.
//
// Threads: one thread at a time may call.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "tests/support/http_client.h"

namespace freshet::systems {

class SteadyWriter {
public:
    // The changes are drawn with `seed`.
    explicit SteadyWriter(unsigned seed);
    ~SteadyWriter();
    SteadyWriter(const SteadyWriter&) = delete;
    SteadyWriter& operator=(const SteadyWriter&) = delete;

    // Posts to the server at this port, which is there, until that one goes.
    void go_on(std::uint16_t port);
    // Returns once the post that is under way has been answered, or its server is gone.
    void stop();

    // Waits until so many more posts have been acknowledged, by a server that stays. Throws, and so
    // fails the test, if that takes too long.
    void await(std::uint64_t more_posts);

private:
    void work();
    void post_until_gone(support::HttpClient client);
    bool post(support::HttpClient& client);
    void draw();

    std::mt19937 dice_;
    std::array<bool, 8> present_{};
    std::uint64_t sequence_ = 0;
    std::string body_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<support::HttpClient> client_;  // guarded by mutex_
    std::atomic<bool> stopped_ = false;
    std::uint64_t posts_ = 0;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace freshet::systems
