// Whose turn it is among the clients that one thread serves.
//
//     a request is answered   ->  charge()         a client that has more than its share is greedy
//     a greedy client's next  ->  wait_for_turn()  ->  others first, one of the greedy in between
//
// A page of a thousand rows takes some milliseconds, and a client may send many of those at once,
// on many connections. Each request is one handler of the thread's event loop, which serves them
// in the order in which they come; so one client's forty pages would come before another's one
// read. What a greedy client asks waits instead until nothing else was to be done, and of those who
// wait the one comes first that has had least. So a read waits for one request of a greedy client
// and not for all of them, and a thread that has nothing better to do serves the greedy at full
// speed. Only those whose patience is over are served in the order in which they came.
//
// Invariants
//   - Nobody waits longer than `patience`, however busy others keep the thread.
//   - Memory: a place for each client that kept the thread busy in the last seconds, and for each
//     request that waits.
//
// Threads: one, the worker's.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <unordered_map>

#include "http/limits/limit_key.h"
#include "http/serving/asio_types.h"

namespace freshet::http {

class ClientTurns {
public:
    // A quarter of the thread is anybody's share, and it may be taken ahead.
    static constexpr int share = 4;
    // What costs less than that is not counted: a read of one item.
    static constexpr std::chrono::microseconds counted_from{200};
    static constexpr std::chrono::milliseconds ahead{10};
    static constexpr std::chrono::milliseconds debt_max{1'000};
    static constexpr std::chrono::milliseconds patience{2'000};

    explicit ClientTurns(asio::io_context& io) : io_(io) {}

    // Notes that a request of this client took so long, and that it is over. Short ones cost less
    // than to count them.
    void charge(const LimitKey& client, std::chrono::nanoseconds worked, TimePoint now);

    // Whether anybody has been charged lately: if not, nobody is greedy.
    [[nodiscard]] bool is_needed() const { return !debts_.empty(); }
    [[nodiscard]] bool is_greedy(const LimitKey& client, TimePoint now) const;

    // Until it is the turn of this client, which is greedy.
    Awaitable<void> wait_for_turn(LimitKey client);

    // Notes that somebody who is not greedy was served.
    void note_served() { ++served_; }

    // Forgets those who have nothing left to pay. To be called now and then.
    void forget(TimePoint now);

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    struct Debt {
        std::chrono::nanoseconds time{0};
        TimePoint since;
    };
    struct Waiting {
        LimitKey client;
        Timer timer;  // cancelled when it is its turn
    };

    // Leaves the place, however the wait ends.
    struct Leaver {
        std::list<Waiting>& waiting;
        std::list<Waiting>::iterator place;
        ~Leaver() { waiting.erase(place); }
    };

    static std::chrono::nanoseconds left_of(const Debt& debt, TimePoint now);
    [[nodiscard]] std::chrono::nanoseconds debt_of(const LimitKey& client, TimePoint now) const;
    void look_soon();
    void look();

    asio::io_context& io_;
    std::unordered_map<LimitKey, Debt, LimitKeyHash> debts_;
    std::list<Waiting> waiting_;  // in the order in which they came
    bool looks_ = false;          // look() is on its way
    std::size_t served_ = 0;
    std::size_t served_before_ = 0;  // when it last looked
};

}  // namespace freshet::http
