// A stepped engine over a small shop: orders as pizza shops have them, changed by hand.
//
// Threads: one at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/record.h"
#include "tests/world/changes.h"
#include "tests/world/stepped_engine.h"

namespace freshet::support {

class Shop : public SteppedEngine {
public:
    // Orders with the lists `my-orders` and `open-orders`, and events: placed, status-updated,
    // canceled.
    Shop();
    // With this configuration; new lists are built two items at a time.
    explicit Shop(const std::string& config);

    // Changes of table orders. Sequence numbers count up; an order that has one keeps it.
    using Order = support::Order;
    storage::Change inserted(const Order& order) {
        return next(storage::ChangeKind::insert, order);
    }
    storage::Change modified(const Order& order) {
        return next(storage::ChangeKind::modify, order);
    }
    storage::Change removed(const Order& order) { return next(storage::ChangeKind::remove, order); }

    // The item view `order` as JSON; nothing if there is none.
    [[nodiscard]] std::optional<std::string> order(const std::string& id) const;
    // The ids of the list's rows.
    [[nodiscard]] std::vector<std::string> list(const std::string& name,
                                                const std::vector<std::string>& partition) const;

private:
    storage::Change next(storage::ChangeKind kind, Order order);

    int sequence_ = 0;
};

}  // namespace freshet::support
