// The shop of tests/checklist.md: its table, as a server of its own for each test, and what its
// staff and customers do.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {

// The payloads of its events are those that the shop's pages knew before.
extern const char* const shop_config;

// The attributes of an order besides its key.
struct Order {
    std::string creator = "ada";
    std::string created_at = "2026-11-20T18:00:00.000Z";
    std::string status = "WAITING ON CUSTOMER";
    int pizzas = 1;
    std::string last_updated = {};

    // As the source has them.
    [[nodiscard]] std::string attributes() const;
    // The members of the JSON that a reader sees, in a list and in a view.
    [[nodiscard]] std::string summary(const std::string& id) const;
    [[nodiscard]] std::string detail(const std::string& id) const;
};

class OrdersChecklist : public ::testing::Test {
protected:
    using Texts = std::vector<std::string>;

    void SetUp() override { ASSERT_TRUE(system.start()); }

    void insert(const std::string& id, const Order& order);
    void modify(const std::string& id, const Order& order);
    void remove(const std::string& id);
    // Several changes of the orders `a`, `b` and `gone`: six records.
    void tell_story();

    [[nodiscard]] int status_of(const std::string& target) { return system.get(target).status; }
    Texts ids_in(const std::string& list);
    // Every answer to a reader, byte for byte.
    std::string everything();

    EventReader watch(const std::string& target) { return {system.process().port(), target}; }
    // The type and the data of each event since the start, and up to those of one more order, which
    // show that there are no others. In `filter`, CLOSING stands for that order's key; it must take
    // its insert or its change of status.
    Texts events_until_now(const std::string& filter = {});

    std::uint64_t sequence = 0;
    System system{shop_config};
};

}  // namespace freshet::systems
