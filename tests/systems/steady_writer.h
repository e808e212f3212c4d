// Somebody who posts changes one after the other, in a thread of its own, whatever becomes of the
// server: what was not acknowledged is posted again to the next one, as a forwarder does.
//
// Threads: one thread at a time may call.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/readers/http_client.h"

namespace freshet::systems {

// Draws the next body; called from the writer's thread.
using DrawBody = std::function<std::string()>;

// Changes of eight orders, one to three in a body, drawn with `seed`.
DrawBody changes_of_orders(unsigned seed);

class SteadyWriter {
public:
    explicit SteadyWriter(DrawBody draw);
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

    // How long each acknowledged post took since this was asked last, the shortest first.
    std::vector<std::chrono::microseconds> take_durations();

private:
    void work();
    void post_until_gone(support::HttpClient client);
    bool post(support::HttpClient& client);

    const DrawBody draw_;
    std::string body_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<support::HttpClient> client_;  // guarded by mutex_
    std::atomic<bool> stopped_ = false;
    std::uint64_t posts_ = 0;                           // guarded by mutex_
    std::vector<std::chrono::microseconds> durations_;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace freshet::systems
