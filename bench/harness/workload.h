// The load: changes of pizza orders, one after the other, from a seed.
//
//     fill()  each of the orders placed, as many as shall be alive      next()  what then happens
//
// Which order changes next is what a Skew says. All but `life` keep the number of live orders as it
// is, or let it grow by one with each record, so that a cost can be told for that number.
//
// Invariants
//   - The same options and calls give the same bytes.
//   - A record is what a stream would have sent: the image before it is the image after the one
//     before of the same order, and sequence numbers grow.
//   - Lanes of the same seed have no order in common, so they can be written at the same time.
//   - Memory: 4 bytes for each live order, 16 for each that is in the making.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/dice.h"
#include "bench/harness/order_text.h"

namespace freshet::bench {

enum class Skew : std::uint8_t {
    life,     // `orders` are in the making, in turn; one in 16 is cancelled, an end begins another
    uniform,  // a change of any order
    newest,   // a change of one of the newest 1 %
    skewed,   // of the n newest orders, log(n) / log(orders) of the changes (Zipf)
    fresh,    // a new order
};

// "life", "uniform", "newest", "skewed", "new".
std::string_view name_of(Skew skew);
std::optional<Skew> skew_of(std::string_view name);

struct WorkloadOptions {
    std::uint64_t seed = 1;
    std::uint64_t orders = 1'000;  // not 0
    Skew skew = Skew::life;
    std::uint64_t lane = 0;  // of `lanes`
    std::uint64_t lanes = 1;
    std::uint64_t expires_at = 0;  // of each order, in seconds since 1970; 0: they do not expire
};

class Workload {
public:
    explicit Workload(WorkloadOptions options);

    // Appends the record that places one more order, at any version of its life, so that what
    // follows is the same from the first change on. False, and nothing, once all are there. Not for
    // Skew::life, which begins with none.
    bool fill(std::string& out);

    // Appends the record of what happens next and returns its order. After fill() has returned
    // false, or with Skew::life.
    std::uint64_t next(std::string& out);

    // Appends the next record of an order that is in the making, and begins no other: false, and
    // nothing, once there is none. Of Skew::life.
    bool wind_up(std::string& out);

    // From the next record on, another one that is not `life`.
    void change_skew(Skew skew) { options_.skew = skew; }

    // The order that is placed as the n-th, from 0.
    [[nodiscard]] std::uint64_t order_at(std::uint64_t index) const;

    [[nodiscard]] bool is_of_lives() const { return options_.skew == Skew::life; }
    [[nodiscard]] std::uint64_t records() const { return records_; }
    // Orders that were placed and not cancelled.
    [[nodiscard]] std::uint64_t live() const { return placed_ - cancelled_; }

private:
    std::uint64_t place_order(std::string& out, std::uint32_t version);
    std::uint64_t live_on(std::string& out);
    std::uint64_t take_turn(std::string& out);
    std::uint64_t change_order(std::string& out, std::uint64_t index);
    void write(std::string& out, ChangeKind kind, OrderVersion to);

    WorkloadOptions options_;
    Dice dice_;
    std::uint64_t records_ = 0;
    std::uint64_t placed_ = 0;
    std::uint64_t cancelled_ = 0;
    std::vector<std::uint32_t> versions_;  // of each order by the time it was placed; not in a life

    struct Making {
        std::uint64_t index = 0;
        std::uint32_t next_version = 0;  // 0: there is none yet
    };
    std::vector<Making> making_;
    std::uint64_t turn_ = 0;
};

}  // namespace freshet::bench
