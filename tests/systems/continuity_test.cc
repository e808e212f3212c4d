// O7 and O9 from outside, with many clients of every kind at once: events, live views, and both on
// one connection. They are cut anywhere, in the middle of a frame and of a character, and the
// server is stopped and killed. Each comes back with its last id: it then has heard every event
// once and in order, and shows what a GET shows. Nothing begins with `reset`, since nothing is
// lost.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"
#include "tests/support/rounds.h"
#include "tests/systems/steady_writer.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

constexpr std::size_t clients_count = 200;
constexpr std::size_t cuts_of_round = 5;
constexpr std::size_t orders = 8;

unsigned seed_of_cuts() {
    const char* text = std::getenv("FRESHET_SEED");
    return text != nullptr ? static_cast<unsigned>(std::stoul(text)) : 20'261'130;
}

std::string order_of(std::size_t number) {
    return "order-" + std::to_string(number % orders);
}

// The next change of one of the orders, with characters of one to four bytes.
DrawBody any_change(unsigned seed) {
    return [dice = std::mt19937(seed), sequence = std::uint64_t{0}]() mutable {
        const std::vector<std::string> statuses = {"NEW", "größer", "焼きたて", "🍕 ready"};
        ++sequence;
        const std::string status = statuses[dice() % statuses.size()] + std::to_string(sequence);
        return order_record(order_of(dice()), sequence, status);
    };
}

// One client, and all that it was told.
class Client {
public:
    enum class Kind : std::uint8_t { events, view, live };

    Client(std::uint16_t port, std::size_t number)
        : kind_(static_cast<Kind>(number % 3)),
          order_(order_of(number / 3)),
          reader_(port, target_of(number)) {}

    // Reads a little, in odd pieces, and is cut.
    void suffer(std::mt19937& dice, std::uint16_t port) {
        const std::size_t bytes_max = dice() % 3 == 0 ? 20'000 : 200;
        for (std::size_t left = dice() % 4; left > 0 && reader_.receive(1 + dice() % bytes_max);
             --left) {
        }
        come_back(port);
    }
    void come_back(std::uint16_t port) {
        reader_.reconnect(port);
        while (auto frame = reader_.received()) take(*frame);
    }

    // Reads on until it was told of all that there is.
    void expect_all(const std::vector<Heard>& events, System& system) {
        const std::vector<Heard> expected = those_that(
            events, [&](const Heard& event) { return event.data["id"].text() == order_; });
        while (kind_ != Kind::view && events_.size() < expected.size()) take(*reader_.next());
        for (const std::string& view : views()) {
            const std::string shown = system.get("/views/" + view).body;
            while (shown_[view].document() + "\n" != shown) take(*reader_.next());
        }
        if (kind_ == Kind::view) return;
        EXPECT_EQ(events_, expected);
    }
    [[nodiscard]] std::size_t continued() const { return continued_; }

private:
    [[nodiscard]] std::vector<std::string> views() const {
        switch (kind_) {
            case Kind::events:
                return {};
            case Kind::view:
                return {"order/" + order_};
            case Kind::live:
                return {"order/" + order_, "all-orders?limit=3"};
        }
        return {};
    }
    [[nodiscard]] std::string target_of(std::size_t number) const {
        const std::string pace = number % 5 == 0 ? "&every_ms=20" : "";
        switch (kind_) {
            case Kind::events:
                return "/events?last_event_id=earliest&key=" + order_;
            case Kind::view:
                return "/views/order/" + order_ + "?bookmarks=1" + pace;
            case Kind::live:
                return "/live?last_event_id=earliest&events=all&key=" + order_ + "&view=order/" +
                       order_ + "&view=all-orders%3Flimit=3" + pace;
        }
        return "";
    }

    void take(const Frame& frame) {
        ASSERT_NE(frame.event, "reset") << frame.data;
        if (frame.event == "hello") {
            is_back_ = true;
        } else if (frame.event == "snapshot" || frame.event == "change") {
            take_view(frame);
            is_back_ = false;
        } else if (frame.fires && frame.event != "bookmark") {
            Heard event = heard(frame);
            if (kind_ == Kind::live) event.data = JsonValue(event.data["data"]);
            events_.push_back(std::move(event));
        }
        if (!frame.id) return;
        EXPECT_GE(position_in(*frame.id), place_);
        place_ = position_in(*frame.id);
    }

    void take_view(const Frame& frame) {
        if (frame.event == "change") continued_ += is_back_ ? 1 : 0;
        if (kind_ == Kind::view) return show(views()[0], frame.event, frame.data);
        const auto members = support::raw_members(frame.data);
        if (frame.event == "change") {
            for (const auto& [view, data] : members) show(view, frame.event, data);
            return;
        }
        const std::string view = *support::raw_member(members, "view");
        show(view.substr(1, view.size() - 2), frame.event, *support::raw_member(members, "data"));
    }
    void show(const std::string& view, const std::string& event, const std::string& data) {
        if (event == "snapshot") {
            shown_[view].take_snapshot(data);
        } else {
            ASSERT_TRUE(shown_.contains(view)) << "changes of what it does not have: " << data;
            shown_[view].take_change(data);
        }
    }

    const Kind kind_;
    const std::string order_;
    EventReader reader_;
    std::vector<Heard> events_;
    std::map<std::string, support::LiveClient> shown_;
    std::uint64_t place_ = 0;
    bool is_back_ = false;       // was told nothing of its views since it came back
    std::size_t continued_ = 0;  // how often it was told what has changed then
};

class ContinuityTest : public WatchingTest {
protected:
    void restart(bool is_killed) {
        if (is_killed) {
            system.kill();
        } else {
            system.stop();
        }
        ASSERT_TRUE(system.start());
    }
};

TEST_F(ContinuityTest, ManyClientsOfEveryKindMissNothingAndHearNothingTwice) {
    const unsigned seed = seed_of_cuts();
    const std::size_t cuts = support::rounds(1'000);
    std::cout << cuts << " cuts are drawn with FRESHET_SEED=" << seed << "\n";
    std::mt19937 dice(seed);
    SteadyWriter writer(any_change(seed));
    writer.go_on(port());
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < clients_count; ++i) {
        clients.push_back(std::make_unique<Client>(port(), i));
    }

    const std::size_t rounds = std::max<std::size_t>(cuts / cuts_of_round, 1);
    for (std::size_t round = 1; round <= rounds && !HasFailure(); ++round) {
        for (std::size_t i = 0; i < cuts_of_round; ++i) {
            clients[dice() % clients.size()]->suffer(dice, port());
        }
        writer.await(1);
        if (round % (rounds / 4 + 1) != 0) continue;
        ASSERT_NO_FATAL_FAILURE(restart(dice() % 2 == 0));
        writer.go_on(port());
        for (const auto& client : clients) client->come_back(port());
    }
    writer.stop();

    const std::vector<Heard> events = events_of(system.log());
    std::size_t continued = 0;
    for (const auto& client : clients) {
        client->expect_all(events, system);
        continued += client->continued();
    }
    std::cout << events.size() << " events; " << continued << " times a view was continued\n";
    EXPECT_GT(continued, 0U);
}

}  // namespace
}  // namespace freshet::systems
