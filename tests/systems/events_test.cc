// What a subscriber relies on: how a stream begins and ends, that it hears what it asked for and
// nothing else, and that whatever it hears of can be read.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

class EventsTest : public WatchingTest {};

// ---- how a stream begins ----

TEST_F(EventsTest, BeginWithAHelloThatSaysWhereTheyGoOn) {
    system.append(order_record("a", 1, "NEW"));
    system.append(order_record("a", 2, "DONE"));

    EventReader reader = watch("/events");
    std::vector<Frame> frames;
    while (frames.empty() || !frames.back().is_bookmark()) frames.push_back(*reader.next());

    const auto hello =
        std::find_if(frames.begin(), frames.end(), [](const Frame& frame) { return frame.fires; });
    ASSERT_NE(hello, frames.end());
    EXPECT_EQ(hello->event, "hello");
    EXPECT_FALSE(hello->id);
    EXPECT_EQ(json(hello->data)["position"].text(), "2");
    // The bookmark follows at once, so that a cut before the first event loses nothing.
    EXPECT_EQ(&*hello + 1, &frames.back());
    EXPECT_EQ(*frames.back().id, json(hello->data)["epoch"].text() + ".2");
    EXPECT_EQ(reader.last_event_id(), *frames.back().id);
    EXPECT_TRUE(std::any_of(frames.begin(), frames.end(),
                            [](const Frame& frame) { return frame.retry.value_or(0) >= 1'000; }));
}

TEST_F(EventsTest, AreAnsweredWithWhatKeepsProxiesAndCachesOutOfTheWay) {
    EventReader reader = watch("/events", {"Accept-Encoding: gzip, br"});

    EXPECT_EQ(reader.status(), 200);
    EXPECT_TRUE(reader.header("Content-Type").starts_with("text/event-stream"));
    EXPECT_TRUE(contains(reader.header("Cache-Control"), "no-store"));
    EXPECT_TRUE(contains(reader.header("Cache-Control"), "no-transform"));
    EXPECT_EQ(reader.header("X-Accel-Buffering"), "no");
    EXPECT_EQ(reader.header("Content-Length"), "");
    EXPECT_EQ(reader.header("Content-Encoding"), "");
}

TEST_F(EventsTest, NeedNoHeaderOfTheClient) {
    EventReader reader(port(), "/events", {}, {.asks_for_stream = false});

    EXPECT_EQ(reader.status(), 200);
    EXPECT_TRUE(reader.header("Content-Type").starts_with("text/event-stream"));
    reader.await_bookmark();
}

TEST_F(EventsTest, HaveIdsThatABrowserSendsBackWithoutAsking) {
    system.append(order_record("a", 1, "NEW"));

    EventReader reader = watch(from_earliest());
    const Frame bookmark = reader.await_bookmark();
    const Frame event = reader.next_event();

    for (const std::string& id : {*bookmark.id, *event.id}) {
        EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-"),
                  std::string::npos)
            << id;
        EXPECT_LE(id.size(), 128U);
    }
}

TEST_F(EventsTest, AreHeardOfTheMomentAfterTheBookmark) {
    EventReader reader = live(system);

    system.append(order_record("a", 1, "NEW"));

    const Frame event = reader.next_event();
    EXPECT_EQ(event.event, "new-order");
    EXPECT_EQ(json(event.data), json(R"({"id":"a"})"));
    EXPECT_EQ(event.last_event_id, reader.last_event_id());
}

TEST_F(EventsTest, NamesCanBeLeftOutOfTheFrames) {
    system.append(order_record("a", 1, "NEW"));
    system.append(order_record("a", 2, "DONE"));

    EventReader reader = watch(from_earliest("unnamed=1"));
    const std::vector<Frame> events = reader.next_events(2);

    EXPECT_EQ(events[0].event, "");
    EXPECT_EQ(json(events[0].data), json(R"({"type":"new-order","id":"a"})"));
    EXPECT_EQ(events[1].event, "");
    EXPECT_EQ(json(events[1].data),
              json(R"({"type":"order-status-updated","id":"a","status":"DONE"})"));
}

// Some clients do not see a frame without data.
TEST_F(EventsTest, BookmarksCanBeNamed) {
    system.append(order_record("a", 1, "NEW"));

    EventReader reader = watch("/events?bookmarks=1");
    std::optional<Frame> frame;
    do {
        frame = reader.next();
        ASSERT_TRUE(frame);
    } while (frame->event != "bookmark");

    EXPECT_TRUE(frame->fires);
    EXPECT_EQ(position_in(frame->id.value_or("")), 1U);
    EXPECT_EQ(json(frame->data)["position"].text(), "1");
}

// ---- methods ----

TEST_F(EventsTest, CanBeAskedForTheirHeadOnly) {
    support::HttpClient client(port());
    client.send("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n");

    const auto answer = client.read_answer(true);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->header("Content-Type").starts_with("text/event-stream"));

    // No body follows: the next bytes are the next answer, if there is one.
    client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if (answer->header("Connection") == "close") {
        EXPECT_EQ(client.read_to_end(), "");
    } else {
        const auto next = client.read_answer();
        ASSERT_TRUE(next);
        EXPECT_EQ(next->status, 200);
    }
}

TEST_F(EventsTest, CanBeAskedForByPostAndNotByOtherMethods) {
    system.append(order_record("a", 1, "NEW"));
    const std::string asked = R"({"type":"new-order","last_event_id":"earliest","wait_s":0})";
    EXPECT_EQ(json(system.post(asked, "/events").body)["events"].size(), 1U);

    const HttpAnswer answer = support::HttpClient(port()).request("PUT", "/events", {}, "{}");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.header("Allow"), "GET, HEAD, POST");
}

// ---- what is asked for ----

struct FilterCase {
    const char* name;
    const char* query;
    std::vector<std::string> expected;  // of the story, type and id
    std::string closing;                // a record whose event the filter takes
};

std::string summary(const Frame& frame) {
    return frame.event + " " + json(frame.data)["id"].text();
}

class FilterTest : public EventsTest, public ::testing::WithParamInterface<FilterCase> {
protected:
    void tell_story() {
        for (const std::string& record :
             {order_record("a", 1, "NEW"), order_record("b", 1, "NEW"), user_record("a", 1, "Ada"),
              order_record("a", 2, "DONE"), order_record("b", 2, "NEW"), user_record("c", 1, "Cy"),
              removed("b", 3).text()}) {
            system.append(record);
        }
    }
};

TEST_P(FilterTest, TakesWhatItNamesAndNothingElse) {
    tell_story();
    EventReader reader = watch(from_earliest(GetParam().query));
    const std::string target = "/events?" + std::string(GetParam().query);
    EventReader later = live(system, target);

    system.append(GetParam().closing);

    std::vector<std::string> events;
    for (std::size_t i = 0; i < GetParam().expected.size(); ++i) {
        events.push_back(summary(reader.next_event()));
    }
    EXPECT_EQ(events, GetParam().expected);
    const Frame closing = reader.next_event();
    EXPECT_EQ(*closing.id, epoch_in(*closing.id) + ".8") << closing;
    EXPECT_EQ(*later.next_event().id, *closing.id);
}

INSTANTIATE_TEST_SUITE_P(
    Queries, FilterTest,
    ::testing::Values(
        FilterCase{"None",
                   "",
                   {"new-order a", "new-order b", "user-changed a", "order-status-updated a",
                    "order-updated b", "user-changed c", "order-canceled b"},
                   order_record("z", 1, "NEW")},
        FilterCase{
            "Type", "type=new-order", {"new-order a", "new-order b"}, order_record("z", 1, "NEW")},
        FilterCase{"Types",
                   "type=new-order&type=user-changed",
                   {"new-order a", "new-order b", "user-changed a", "user-changed c"},
                   order_record("z", 1, "NEW")},
        FilterCase{"Topic",
                   "topic=a-status-updated",
                   {"order-status-updated a"},
                   order_record("a", 9, "LOST")},
        FilterCase{"TopicThatIsAType",
                   "topic=new-order",
                   {"new-order a", "new-order b"},
                   order_record("z", 1, "NEW")},
        FilterCase{"TypeThatIsNoTopic",
                   "topic=order-updated&topic=order-canceled",
                   {"order-canceled b"},
                   removed("a", 9).text()},
        FilterCase{"Topics",
                   "topic=a-status-updated&topic=b-updated&topic=c-changed",
                   {"order-status-updated a", "order-updated b", "user-changed c"},
                   user_record("c", 2, "Cyd")},
        FilterCase{"Table",
                   "table=users",
                   {"user-changed a", "user-changed c"},
                   user_record("c", 2, "Cyd")},
        FilterCase{"KeyInAllTables",
                   "key=a",
                   {"new-order a", "user-changed a", "order-status-updated a"},
                   order_record("a", 9, "LOST")},
        FilterCase{"Keys",
                   "key=b&key=c",
                   {"new-order b", "order-updated b", "user-changed c", "order-canceled b"},
                   user_record("c", 2, "Cyd")},
        FilterCase{"KeyOfOneTable",
                   "key=a&table=orders",
                   {"new-order a", "order-status-updated a"},
                   order_record("a", 9, "LOST")},
        FilterCase{"DifferentKindsMustAllHold",
                   "table=orders&key=a&key=b&type=new-order&type=order-canceled",
                   {"new-order a", "new-order b", "order-canceled b"},
                   removed("a", 9).text()},
        FilterCase{
            "TopicAndKey", "topic=new-order&key=b", {"new-order b"}, inserted("b", 9).text()}),
    [](const auto& filter) { return filter.param.name; });

TEST_F(EventsTest, OfTheKeyAAreNotThoseOfAKeyThatBeginsWithA) {
    system.append(order_record("ab", 1, "NEW"));
    system.append(order_record("A", 1, "NEW"));
    system.append(order_record("a", 1, "NEW"));

    EXPECT_EQ(summary(watch(from_earliest("key=a")).next_event()), "new-order a");
}

TEST_F(EventsTest, OfManyTopicsComeOverOneConnection) {
    constexpr int topics = 200;
    std::string query;
    for (int i = 0; i < topics; ++i) {
        query += (i == 0 ? "" : "&") + ("topic=order-" + std::to_string(i)) + "-status-updated";
    }
    std::string records;
    for (int i = 0; i < topics + 50; ++i) {
        const std::string key = "order-" + std::to_string(i);
        records +=
            (i == 0 ? "" : ",") + order_record(key, 1, "NEW") + "," + order_record(key, 2, "DONE");
    }
    system.append(event_of(records));

    EventReader reader = watch(from_earliest(query));

    for (int i = 0; i < topics; ++i) {
        EXPECT_EQ(summary(reader.next_event()), "order-status-updated order-" + std::to_string(i));
    }
}

// ---- what cannot be asked for ----

TEST_F(EventsTest, ThatAreNotDeclaredAreRefusedWithTheNamesOfThoseThatAre) {
    const HttpAnswer type = system.get("/events?type=new-ordr");
    EXPECT_EQ(type.status / 100, 4) << type.status;
    EXPECT_EQ(type.header("Content-Type"), "application/problem+json");
    EXPECT_TRUE(contains(type.body, "new-ordr")) << type.body;
    EXPECT_TRUE(contains(type.body, "new-order")) << type.body;

    const HttpAnswer table = system.get("/events?table=order");
    EXPECT_EQ(table.status / 100, 4) << table.status;
    EXPECT_TRUE(contains(table.body, "orders")) << table.body;

    const HttpAnswer parameter = system.get("/events?typ=new-order");
    EXPECT_EQ(parameter.status, 400);
    EXPECT_TRUE(contains(parameter.body, "topic")) << parameter.body;
}

TEST_F(EventsTest, CanBeAskedForByAtMostSoManyValues) {
    const auto query_of = [](int values) {
        std::string query = "/events?";
        for (int i = 0; i < values; ++i) query += "topic=t" + std::to_string(i) + "&";
        return query + "topic=last";
    };

    EXPECT_EQ(system.get(query_of(256)).status / 100, 4);
    EXPECT_EQ(watch(query_of(255)).status(), 200);
}

// ---- what is heard can be read ----

TEST_F(EventsTest, AreNotHeardBeforeTheViewShowsTheChange) {
    constexpr std::uint64_t changes = 300;
    constexpr std::uint64_t orders = 5;
    EventReader reader = live(system);
    std::thread writer([this] {
        support::HttpClient client(port());
        for (std::uint64_t i = 0; i < changes; ++i) {
            const std::string key = "order-" + std::to_string(i % orders);
            const std::uint64_t sequence = i / orders + 1;
            client.request("POST", "/records", {"Content-Type: application/json"},
                           order_record(key, sequence, std::to_string(i)));
        }
    });

    std::vector<std::string> too_late;
    for (std::uint64_t i = 0; i < changes; ++i) {
        const Frame event = reader.next_event();
        const JsonValue data = json(event.data);
        const HttpAnswer view = system.get("/views/order/" + data["id"].text());
        const bool known = std::stoull(view.header("Freshet-Position")) >= position_in(*event.id);
        const std::uint64_t shown = std::stoull(json(view.body)["status"].text());
        if (view.status != 200 || !known || shown < i) too_late.push_back(event.data);
    }
    writer.join();

    EXPECT_EQ(too_late, std::vector<std::string>());
}

// ---- the end ----

TEST_F(EventsTest, EndWithARequestToComeBackLaterWhenTheServerStops) {
    EventReader reader(port(), "/events");
    std::uint64_t first_retry = 0;
    while (auto frame = reader.next()) {
        if (frame->retry) first_retry = *frame->retry;
        if (frame->is_bookmark()) break;
    }

    system.stop();

    std::uint64_t last_retry = 0;
    while (auto frame = reader.next()) {
        EXPECT_FALSE(frame->fires) << *frame;
        if (frame->retry) last_retry = *frame->retry;
    }
    EXPECT_GT(last_retry, first_retry);
    ASSERT_TRUE(system.start());
    system.append(order_record("a", 1, "NEW"));
    reader.reconnect(port());
    EXPECT_EQ(summary(reader.next_event()), "new-order a");
}

}  // namespace
}  // namespace freshet::systems
