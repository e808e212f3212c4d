// Who follows the log at the moment, and up to where each has come.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "storage/position.h"

namespace freshet::http {

class Subscribers {
public:
    // One subscriber, for as long as it lives. The list outlives it.
    class Subscription {
    public:
        explicit Subscription(Subscribers& subscribers);
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

        void move(storage::Position position) { position_ = position.value; }

    private:
        friend class Subscribers;
        Subscribers& subscribers_;
        std::atomic<std::uint64_t> position_{~std::uint64_t{0}};
    };

    struct Summary {
        std::size_t count = 0;
        std::optional<storage::Position> slowest;  // how far the one has come that is behind most
    };
    // Looks at every subscriber: for people and scrapes, not for each request.
    [[nodiscard]] Summary summary() const;

private:
    mutable std::mutex mutex_;
    std::unordered_set<const Subscription*> subscriptions_;  // guarded by mutex_
};

}  // namespace freshet::http
