// A stepped engine over a small shop: orders as pizza shops have them, changed by hand.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/record.h"
#include "tests/world/stepped_engine.h"

namespace freshet::support {

class Shop : public SteppedEngine {
public:
    // Orders with the lists `my-orders` and `open-orders`, and events: placed, status-updated,
    // canceled.
    Shop();
    // With this configuration; new lists are built two items at a time.
    explicit Shop(const std::string& config);

    // A record of table orders, key pk. Sequence numbers count up; `sequence` sets one.
    struct Order {
        std::string id;
        std::map<std::string, std::string> attributes;
        std::optional<std::string> sequence;
        std::string source = "orders";
        std::string label = "2026-01-01T00:00:00.000";
    };
    storage::Change inserted(const Order& order);
    storage::Change modified(const Order& order);
    storage::Change removed(const Order& order);

    // The item view `order` as JSON; nothing if there is none.
    [[nodiscard]] std::optional<std::string> order(const std::string& id) const;
    // The ids of the list's rows.
    [[nodiscard]] std::vector<std::string> list(const std::string& name,
                                                const std::vector<std::string>& partition) const;

private:
    storage::Change change(storage::ChangeKind kind, const Order& order);

    int sequence_ = 0;
};

}  // namespace freshet::support
