// Who follows the log at the moment, and up to where each has come; and the means to end it.
//
//     Subscription(who)  ->  move() … hold() … is_cut()
//                                  list()  <-  an admin  ->  cut()
//
// A subscriber that is cut is told so by its own stream, which looks at is_cut() once a second.
//
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/position.h"

namespace freshet::http {

class Subscribers {
public:
    // As admins are shown it. No credential is in it.
    struct Who {
        std::string subject;  // empty: its credential names none
        std::string address;
        std::string watches;  // the target that it asked for, cut off where it is long
    };

    // One subscriber, for as long as it lives. The list outlives it.
    class Subscription {
    public:
        Subscription(Subscribers& subscribers, Who who);
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

        void move(storage::Position position) { position_ = position.value; }
        // So many bytes wait for its client.
        void hold(std::size_t bytes) { held_bytes_ = bytes; }
        [[nodiscard]] bool is_cut() const { return is_cut_; }

    private:
        friend class Subscribers;
        Subscribers& subscribers_;
        const Who who_;
        const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
        std::uint64_t id_ = 0;
        std::atomic<std::uint64_t> position_{~std::uint64_t{0}};
        std::atomic<std::size_t> held_bytes_{0};
        std::atomic<bool> is_cut_{false};
    };

    struct Summary {
        std::size_t count = 0;
        std::optional<storage::Position> slowest;  // how far the one has come that is behind most
    };
    // Looks at every subscriber: for people and scrapes, not for each request.
    [[nodiscard]] Summary summary() const;

    struct Listed {
        std::uint64_t id = 0;
        Who who;
        storage::Position position;  // up to where it was looked at for it
        std::size_t held_bytes = 0;
        std::chrono::seconds age{0};
    };
    // So many of those with an id above `after`, by id; of one subject if it is named.
    [[nodiscard]] std::vector<Listed> list(std::uint64_t after, std::size_t limit,
                                           const std::optional<std::string>& subject) const;

    // Ends the stream with that id, or all of the subject, soon. Returns how many there were.
    std::size_t cut(std::uint64_t id);
    std::size_t cut_all_of(std::string_view subject);

private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, Subscription*> subscriptions_;  // guarded by mutex_, as is ids_
    std::uint64_t ids_ = 0;
};

}  // namespace freshet::http
