// O7 and O9 from outside: whoever comes back with the id of what was heard last hears everything
// behind it, once and in order, whatever was cut, stopped or killed in between; and is told where
// that cannot be.

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/rounds.h"
#include "tests/systems/orders.h"
#include "tests/systems/steady_writer.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

unsigned seed_of_cuts() {
    const char* text = std::getenv("FRESHET_SEED");
    return text != nullptr ? static_cast<unsigned>(std::stoul(text)) : 20'261'120;
}

class ResumeTest : public WatchingTest {
protected:
    // The next changes of the order `key`.
    void change(const std::string& key, int count = 1) {
        for (int i = 0; i < count; ++i) {
            ++sequence;
            system.append(order_record(key, sequence, std::to_string(sequence)));
        }
    }

    void expect_next(EventReader& reader, std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t position = first; position <= last; ++position) {
            ASSERT_EQ(position_in(*reader.next_event().id), position);
        }
    }

    std::uint64_t sequence = 0;
};

// ---- any story of cuts ----

// A subscriber that is cut again and again, and everything it has heard.
class Wanderer {
public:
    Wanderer(std::uint16_t port, const std::string& filter,
             std::function<bool(const Heard&)> wanted)
        : reader_(port, from_earliest(filter)), wanted_(std::move(wanted)) {}

    // Reads a little, in odd pieces, and perhaps loses its connection.
    void wander(std::mt19937& dice, std::uint16_t port) {
        const std::size_t pieces = dice() % 4;
        const std::size_t bytes_max = dice() % 3 == 0 ? 5'000 : 100;
        for (std::size_t i = 0; i < pieces && reader_.receive(1 + dice() % bytes_max); ++i) {
        }
        if (dice() % 2 == 0) reconnect(port);
    }

    void reconnect(std::uint16_t port) {
        reader_.reconnect(port);
        take_received();
    }

    // Everything up to the last of the events that it is to hear.
    std::vector<Heard> hear(const std::vector<Heard>& expected) {
        take_received();
        while (heard_.empty() || heard_.back().position < expected.back().position) {
            take(reader_.next());
            if (::testing::Test::HasFailure()) break;
        }
        return heard_;
    }

    [[nodiscard]] std::size_t heard_so_far() const { return heard_.size(); }
    [[nodiscard]] std::vector<Heard> of(const std::vector<Heard>& events) const {
        return those_that(events, wanted_);
    }

private:
    void take_received() {
        while (auto frame = reader_.received()) take(*std::move(frame));
    }

    void take(const std::optional<Frame>& frame) {
        ASSERT_TRUE(frame) << "the stream ended";
        ASSERT_NE(frame->event, "reset") << frame->data;
        if (frame->id) {
            EXPECT_GE(position_in(*frame->id), place_);
            place_ = position_in(*frame->id);
        }
        if (frame->event == "hello") {
            EXPECT_EQ(json(frame->data)["position"].text(), std::to_string(place_));
        } else if (frame->fires) {
            heard_.push_back(heard(*frame));
        }
    }

    EventReader reader_;
    std::function<bool(const Heard&)> wanted_;
    std::vector<Heard> heard_;
    std::uint64_t place_ = 0;
};

bool is_of(const Heard& event, const std::string& key) {
    return event.data["id"].text() == key;
}

TEST_F(ResumeTest, LeavesOutNothingAndRepeatsNothingThroughCutsStopsAndKills) {
    const unsigned seed = seed_of_cuts();
    const std::size_t rounds = support::rounds(150);
    std::cout << "cuts are drawn with FRESHET_SEED=" << seed << "\n";
    std::mt19937 dice(seed);
    SteadyWriter writer(changes_of_orders(seed));
    writer.go_on(port());
    std::vector<Wanderer> wanderers;
    wanderers.emplace_back(port(), "", [](const Heard&) { return true; });
    wanderers.emplace_back(port(), "type=order-status-updated",
                           [](const Heard& event) { return event.type == "order-status-updated"; });
    wanderers.emplace_back(port(), "key=order-3",
                           [](const Heard& event) { return is_of(event, "order-3"); });
    wanderers.emplace_back(port(), "topic=new-order&topic=order-1-updated", [](const Heard& event) {
        return event.type == "new-order" ||
               (event.type == "order-updated" && is_of(event, "order-1"));
    });

    for (std::size_t round = 1; round <= rounds; ++round) {
        writer.await(2);
        for (Wanderer& wanderer : wanderers) wanderer.wander(dice, port());
        if (round % 10 != 0) continue;
        if (dice() % 2 == 0) {
            system.kill();
        } else {
            system.stop();
        }
        ASSERT_TRUE(system.start());
        writer.go_on(port());
        for (Wanderer& wanderer : wanderers) wanderer.reconnect(port());
    }
    writer.stop();

    const std::vector<Heard> events = events_of(system.log());
    std::cout << events.size() << " events\n";
    for (Wanderer& wanderer : wanderers) {
        const std::vector<Heard> expected = wanderer.of(events);
        std::cout << wanderer.heard_so_far() << " of " << expected.size() << " heard on the way\n";
        ASSERT_GE(expected.size(), 10U);
        EXPECT_EQ(wanderer.hear(expected), expected);
    }
}

// ---- particular cuts ----

TEST_F(ResumeTest, AfterACutBeforeTheFirstEventMissesNothing) {
    change("a", 2);
    EventReader reader = live(system);

    reader.cut();
    change("a", 3);
    system.kill();
    ASSERT_TRUE(system.start());
    change("a");

    reader.reconnect(port());
    expect_next(reader, 3, 6);
}

TEST_F(ResumeTest, AfterACutWhenNothingThatWasAskedForHasComeMissesNothing) {
    EventReader reader = live(system, "/events?key=b");
    change("a", 5);

    for (int i = 0; i < 3; ++i) {
        reader.cut();
        reader.reconnect(port());
        reader.await_bookmark();
    }
    system.append(inserted("b", 1).text());

    expect_next(reader, 6, 6);
}

TEST_F(ResumeTest, AfterACutInTheMiddleOfAFrameHearsThatEventOnce) {
    change("a");
    EventReader reader = live(system);
    change("a");
    const std::size_t before = reader.bytes().size();
    const std::string id_field = "id: " + epoch_in(reader.last_event_id()) + ".2\n";

    // The id has come, and the blank line has not.
    while (reader.bytes().size() < before + id_field.size() + 1) ASSERT_TRUE(reader.receive(1));
    ASSERT_TRUE(contains(reader.bytes().substr(before), id_field)) << reader.bytes();
    reader.cut();
    EXPECT_EQ(position_in(reader.last_event_id()), 1U);
    reader.reconnect(port());

    expect_next(reader, 2, 2);
}

TEST_F(ResumeTest, GoesOnBehindTheIdAndNotAtIt) {
    change("a", 5);
    EventReader reader(port(), from_earliest());
    const std::string third = *reader.next_events(3).back().id;

    EventReader resumed(port(), "/events", {"Last-Event-ID: " + third});

    EXPECT_EQ(resumed.await_bookmark().id, third);
    expect_next(resumed, 4, 5);
}

TEST_F(ResumeTest, TakesTheIdFromTheQueryToo) {
    change("a", 3);
    const std::string second = *EventReader(port(), from_earliest()).next_events(2).back().id;

    for (const std::string name : {"last_event_id", "lastEventId", "lastEventID"}) {
        EventReader reader(port(), "/events?" + name + "=" + second);

        expect_next(reader, 3, 3);
    }
}

TEST_F(ResumeTest, PrefersTheHeaderWhichTheBrowserKeepsUpToDate) {
    change("a", 3);
    const std::string second = *EventReader(port(), from_earliest()).next_events(2).back().id;

    for (const std::string query : {"earliest", "latest", "nonsense"}) {
        EventReader reader(port(), "/events?last_event_id=" + query, {"Last-Event-ID: " + second});

        expect_next(reader, 3, 3);
    }
}

TEST_F(ResumeTest, EarliestIsTheWholeLogAndLatestWhatIsToCome) {
    change("a", 3);

    EventReader earliest(port(), "/events?last_event_id=earliest");
    EventReader latest(port(), "/events?last_event_id=latest");
    EventReader by_header(port(), "/events", {"Last-Event-ID: earliest"});
    EXPECT_EQ(position_in(*latest.await_bookmark().id), 3U);
    change("a");

    expect_next(earliest, 1, 4);
    expect_next(latest, 4, 4);
    expect_next(by_header, 1, 4);
}

TEST_F(ResumeTest, OfTheEarliestOfAnEmptyLogIsHonoured) {
    EventReader reader(port(), from_earliest());
    EXPECT_EQ(position_in(*reader.await_bookmark().id), 0U);
    reader.cut();
    change("a", 2);

    reader.reconnect(port());

    expect_next(reader, 1, 2);
}

// ---- what cannot be honoured ----

bool is_utf8(const std::string& text) {
    std::size_t more = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U) {
            if (more == 0) return false;
            --more;
            continue;
        }
        if (more > 0) return false;
        if (byte >= 0xF0U) {
            more = 3;
        } else if (byte >= 0xE0U) {
            more = 2;
        } else if (byte >= 0x80U) {
            more = 1;
        }
    }
    return more == 0;
}

struct Refusal {
    const char* name;
    std::function<std::string(const std::string& epoch)> id;
    const char* reason;
};

class ResetTest : public ResumeTest, public ::testing::WithParamInterface<Refusal> {
protected:
    // Says so before anything else, then goes on live.
    void expect_reset(EventReader& reader, const std::string& requested) {
        ASSERT_EQ(reader.status(), 200);
        std::optional<Frame> frame;
        do {
            frame = reader.next();
            ASSERT_TRUE(frame);
            EXPECT_FALSE(frame->id) << *frame;
        } while (!frame->fires);
        EXPECT_EQ(frame->event, "reset") << *frame;
        const JsonValue data = json(frame->data);
        EXPECT_EQ(data["reason"].text(), GetParam().reason);
        EXPECT_EQ(data["head"].text(), std::to_string(sequence));
        EXPECT_EQ(data["epoch"].text(), epoch);
        EXPECT_TRUE(data["earliest"].exists());
        // What is too long to be one of ours may be shown in part.
        const std::string shown = data["requested"].text();
        EXPECT_FALSE(shown.empty());
        EXPECT_TRUE(requested.starts_with(shown.substr(0, 100))) << shown;

        EXPECT_EQ(reader.await_bookmark().id, epoch + "." + std::to_string(sequence));
        EXPECT_TRUE(is_utf8(reader.bytes())) << reader.bytes();
        change("a");
        expect_next(reader, sequence, sequence);
    }

    std::string epoch;
};

TEST_P(ResetTest, IsSaidBeforeAnythingElse) {
    change("a", 3);
    epoch = epoch_in(live(system).last_event_id());
    const std::string id = GetParam().id(epoch);

    EventReader by_header(port(), "/events", {"Last-Event-ID: " + id});
    expect_reset(by_header, id);
    EventReader by_query(port(), "/events?last_event_id=" + encoded(id));
    expect_reset(by_query, id);

    // Whoever was told, and is cut before an event, is not told again, and misses nothing.
    by_query.cut();
    change("a");
    by_query.reconnect(port());
    while (const auto frame = by_query.next()) {
        EXPECT_NE(frame->event, "reset");
        if (!frame->fires || frame->event == "hello") continue;
        EXPECT_EQ(position_in(*frame->id), sequence);
        break;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Ids, ResetTest,
    ::testing::Values(
        Refusal{"OfAnotherLog", [](const std::string&) { return "5f3c.2"; }, "epoch"},
        Refusal{"AboveTheHead", [](const std::string& epoch) { return epoch + ".9"; }, "unknown"},
        Refusal{"FarAboveTheHead",
                [](const std::string& epoch) { return epoch + ".18446744073709551615"; },
                "unknown"},
        Refusal{"TooLargeForAPosition",
                [](const std::string& epoch) { return epoch + ".18446744073709551617"; },
                "unknown"},
        Refusal{"WithoutAPosition", [](const std::string& epoch) { return epoch; }, "unknown"},
        Refusal{"WithAnEmptyPosition", [](const std::string& epoch) { return epoch + "."; },
                "unknown"},
        Refusal{"WithASign", [](const std::string& epoch) { return epoch + ".-1"; }, "unknown"},
        Refusal{"WithALeadingZero", [](const std::string& epoch) { return epoch + ".02"; },
                "unknown"},
        Refusal{"WithMoreBehindIt", [](const std::string& epoch) { return epoch + ".2x"; },
                "unknown"},
        Refusal{"OfAnotherMaker", [](const std::string&) { return "urn:uuid:2-4"; }, "unknown"},
        Refusal{"InCapitals", [](const std::string&) { return "EARLIEST"; }, "unknown"},
        Refusal{"OfPunctuation", [](const std::string&) { return "\"}\\{"; }, "unknown"},
        Refusal{"OutsideOfAscii",
                [](const std::string&) {
                    std::string id = "x";
                    for (int i = 0; i < 200; ++i) id += "\u65e5";
                    return id;
                },
                "unknown"},
        Refusal{"AbsurdlyLong", [](const std::string&) { return std::string(4'000, '7'); },
                "unknown"}),
    [](const auto& refusal) { return refusal.param.name; });

TEST_F(ResumeTest, WithBytesThatAreNoTextIsToldInText) {
    change("a");
    for (const std::string id : {"\xFF\xFE", "\xE6\x97", "x\x80"}) {
        EventReader reader(port(), "/events", {"Last-Event-ID: " + id});
        if (reader.status() != 200) {
            // The request's head as a whole may be refused for it.
            EXPECT_EQ(reader.status(), 400);
            continue;
        }
        reader.await_bookmark();
        EXPECT_TRUE(contains(reader.bytes(), "event: reset")) << reader.bytes();
        EXPECT_TRUE(is_utf8(reader.bytes())) << reader.bytes();
    }
}

TEST_F(ResumeTest, InThePlaceOfALogThatWasGivenUpIsTold) {
    change("a", 3);
    EventReader reader(port(), from_earliest());
    reader.next_events(3);
    reader.cut();
    const std::string before = reader.last_event_id();
    system.stop();
    ASSERT_TRUE(system.start({"--accept-loss"}));

    reader.reconnect(port());
    std::optional<Frame> frame;
    do {
        frame = reader.next();
        ASSERT_TRUE(frame);
    } while (!frame->fires);

    EXPECT_EQ(frame->event, "reset");
    EXPECT_EQ(json(frame->data)["reason"].text(), "epoch");
    EXPECT_EQ(json(frame->data)["requested"].text(), before);
    reader.await_bookmark();
    EXPECT_NE(epoch_in(reader.last_event_id()), epoch_in(before));
    change("a");
    EXPECT_GT(position_in(*reader.next_event().id), 3U);
}

}  // namespace
}  // namespace freshet::systems
