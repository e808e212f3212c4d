#include "examples/pizza/shop.h"

#include <iterator>
#include <utility>

namespace freshet::pizza {

namespace {

constexpr std::string_view waiting = "WAITING ON CUSTOMER";
constexpr std::string_view submitted = "SUBMITTED";
constexpr std::string_view in_progress = "IN PROGRESS";
constexpr std::string_view completed = "COMPLETED";
constexpr std::string_view rejected = "REJECTED";

constexpr std::string_view customers[] = {"ada", "ben", "chloe", "dmitri", "emeka", "fatima"};
constexpr std::string_view sizes[] = {"small", "medium", "large"};
constexpr std::string_view crusts[] = {"thin", "hand-tossed", "deep dish", "gluten-free"};
constexpr std::string_view sauces[] = {"tomato", "pesto", "white", "barbecue"};
constexpr std::string_view toppings[] = {"olives",  "onions",    "pepperoni", "mushrooms",
                                         "spinach", "pineapple", "peppers",   "anchovies"};

std::string hexadecimal(std::uint64_t number, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i > 0; --i) {
        text[i - 1] = "0123456789abcdef"[number & 15U];
        number >>= 4U;
    }
    return text;
}

bool has_ended(const Order& order) {
    return order.status == completed || order.status == rejected;
}

}  // namespace

std::optional<OrderChange> Shop::next(const std::string& now) {
    if (takes_orders() && (open_.empty() || one_in(4))) {
        open_.push_back(place_order(now));
        return OrderChange{.before = std::nullopt, .after = open_.back()};
    }
    if (open_.empty()) return std::nullopt;

    const std::size_t chosen = below(open_.size());
    const auto at = open_.begin() + static_cast<std::ptrdiff_t>(chosen);
    OrderChange change{.before = *at, .after = std::nullopt};
    if (at->status == waiting && one_in(12)) {
        open_.erase(at);
        return change;
    }
    advance(*at);
    at->last_updated = now;
    change.after = *at;
    if (has_ended(*at)) open_.erase(at);
    return change;
}

bool Shop::takes_orders() const {
    return open_.size() < open_orders_max && (orders_ == 0 || placed_ < orders_);
}

Order Shop::place_order(const std::string& now) {
    ++placed_;
    Order order;
    order.key = hexadecimal(random_(), 12);
    order.created_at = now;
    order.creator = any_of(customers);
    order.status = waiting;
    const std::size_t count = below(3);
    for (std::size_t i = 0; i < count; ++i) order.pizzas.push_back(any_pizza());
    return order;
}

void Shop::advance(Order& order) {
    if (order.status == waiting) {
        if (order.pizzas.empty() || one_in(2)) {
            change_pizzas(order.pizzas);
        } else {
            order.status = submitted;
        }
    } else if (order.status == submitted) {
        order.status = one_in(10) ? rejected : in_progress;
    } else {
        order.status = one_in(15) ? rejected : completed;
    }
}

void Shop::change_pizzas(std::vector<Pizza>& pizzas) {
    if (pizzas.size() < pizzas_max && (pizzas.empty() || !one_in(3))) {
        pizzas.push_back(any_pizza());
        return;
    }
    const auto chosen = pizzas.begin() + static_cast<std::ptrdiff_t>(below(pizzas.size()));
    // A size that is another for sure, so that something has changed.
    if (one_in(2)) {
        chosen->size = chosen->size == sizes[2] ? sizes[0] : sizes[2];
    } else {
        pizzas.erase(chosen);
    }
}

Pizza Shop::any_pizza() {
    // One statement each: the order in which they are drawn is part of what a seed means.
    Pizza pizza;
    pizza.size = any_of(sizes);
    pizza.crust = any_of(crusts);
    pizza.sauce = any_of(sauces);
    const std::size_t count = below(4);
    const std::size_t first = below(std::size(toppings));
    for (std::size_t i = 0; i < count; ++i) {
        pizza.toppings.push_back(toppings[(first + i) % std::size(toppings)]);
    }
    return pizza;
}

}  // namespace freshet::pizza
