// How many of something each client has at a time, and may have: connections of an address, streams
// of a subject.
//
// Invariants
//   - What is taken is given back, however its holder ends.
//   - Memory: a place for each client that has one, so no more than there are of what is counted.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "http/limits/limit_key.h"

namespace freshet::http {

class Seats {
public:
    // One of a client's, for as long as it lives. Those that it was taken from outlive it.
    class Seat {
    public:
        Seat() = default;  // of nothing that is counted
        ~Seat();
        Seat(Seat&& other) noexcept;
        Seat& operator=(Seat&& other) noexcept;
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

    private:
        friend class Seats;
        Seat(Seats& seats, const LimitKey& key) : seats_(&seats), key_(key) {}

        Seats* seats_ = nullptr;
        LimitKey key_{};
    };

    // Each client may have `most`; 0: as many as it likes.
    explicit Seats(std::size_t most) : most_(most) {}

    // Nothing if the client has all that it may have.
    std::optional<Seat> take(const LimitKey& key);

    [[nodiscard]] std::size_t most() const { return most_; }
    // The client that has most of them, of all; nothing if nobody has one.
    struct Use {
        LimitKey key;
        std::size_t count;
    };
    [[nodiscard]] std::optional<Use> fullest() const;
    // How many clients have one.
    [[nodiscard]] std::size_t clients() const;

private:
    void give_back(const LimitKey& key);

    const std::size_t most_;
    mutable std::mutex mutex_;
    std::unordered_map<LimitKey, std::size_t, LimitKeyHash> taken_;  // guarded by mutex_
};

}  // namespace freshet::http
