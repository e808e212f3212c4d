// A pizza shop that never closes: customers put orders together, submit or cancel them, and the
// kitchen makes or rejects what is submitted.
//
//     WAITING ON CUSTOMER -> SUBMITTED -> IN PROGRESS -> COMPLETED
//              |                  |            |
//           (gone)            REJECTED     REJECTED
//
// Invariants
//   - What happens depends on the seed alone, and when it happens on the caller.
//   - An order is submitted with at least one pizza and at most pizzas_max; at most
//     open_orders_max are neither canceled nor at their end.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::pizza {

inline constexpr std::size_t pizzas_max = 6;  // of one order
inline constexpr std::size_t open_orders_max = 12;

struct Pizza {
    std::string_view size;
    std::string_view crust;
    std::string_view sauce;
    std::vector<std::string_view> toppings;
};

// An order as an item of the table, at one moment.
struct Order {
    std::string key;
    std::string created_at;
    std::string_view creator;
    std::string_view status;
    std::vector<Pizza> pizzas;
    std::string last_updated;  // empty until its first change
};

// One thing that happened to an order: placed without `before`, canceled without `after`.
struct OrderChange {
    std::optional<Order> before;
    std::optional<Order> after;
};

class Shop {
public:
    // Closes once `orders` of them have ended; 0: never.
    Shop(std::uint64_t seed, std::uint64_t orders) : random_(seed), orders_(orders) {}

    // The next thing that happens, at that time; nothing once the shop is closed.
    std::optional<OrderChange> next(const std::string& now);

private:
    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool one_in(std::size_t chances) { return below(chances) == 0; }
    template <std::size_t size>
    std::string_view any_of(const std::string_view (&choices)[size]) {
        return choices[below(size)];
    }

    [[nodiscard]] bool takes_orders() const;
    Order place_order(const std::string& now);
    void advance(Order& order);
    void change_pizzas(std::vector<Pizza>& pizzas);
    Pizza any_pizza();

    std::mt19937_64 random_;
    std::uint64_t orders_;
    std::uint64_t placed_ = 0;
    std::vector<Order> open_;
};

}  // namespace freshet::pizza
