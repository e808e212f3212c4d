// A table of orders with events, and what a subscriber to them is to hear: worked out from the log
// in another way than the server does.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/readers/event_reader.h"
#include "tests/readers/json_value.h"
#include "tests/systems/system.h"

namespace freshet::systems {

using support::EventReader;
using support::Frame;

// The table of orders.h, with these events (types, and topics where they differ):
//   - `new-order`, `order-canceled`: {"id"}
//   - `order-status-updated`, `{pk}-status-updated`: {"id","status"}
//   - `order-updated`, `{pk}-updated`: {"id","status"}
// and behind it a table `users`, key `id`, whose every change is a `user-changed` of the topic
// `{id}-changed`: {"id","name"}.
std::string watched_config();

// An order's first record, or one of its next.
std::string order_record(const std::string& key, std::uint64_t sequence, const std::string& status);
// Likewise of the table `users`.
std::string user_record(std::string_view id, std::uint64_t sequence, std::string_view name);

// An event as it was heard, or is to be.
struct Heard {
    std::uint64_t position = 0;
    std::string type;
    JsonValue data;

    bool operator==(const Heard&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Heard& heard);
};

Heard heard(const Frame& frame);
std::vector<Heard> heard(const std::vector<Frame>& frames);

// The parts of an id.
std::string epoch_in(const std::string& id);
std::uint64_t position_in(const std::string& id);

// The events of these records of watched_config(), in the form of the log.
std::vector<Heard> events_of(const std::vector<JsonValue>& log);
std::vector<Heard> those_that(const std::vector<Heard>& events,
                              const std::function<bool(const Heard&)>& wanted);

// Such as `/events?last_event_id=earliest&type=a&type=b`.
std::string from_earliest(const std::string& filter = {});

// A subscriber to what is to come, which has its place already.
EventReader live(System& system, const std::string& target = "/events");

// A server with that configuration, and those who watch it.
class WatchingTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    [[nodiscard]] std::uint16_t port() { return system.process().port(); }
    EventReader watch(const std::string& target, const HttpHeaders& headers = {}) {
        return {port(), target, headers};
    }

    System system{watched_config()};
};

}  // namespace freshet::systems
