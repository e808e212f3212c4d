// What http/streams/live_stream.h promises, by example: the bytes that a subscriber gets.

#include "http/streams/live_stream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/streams/event_id.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::http {
namespace {

using support::must;

class LiveStreamTest : public ::testing::Test {
protected:
    void placed(const std::string& id) {
        must(shop.append({shop.inserted({.id = id, .attributes = {{"status", "OPEN"}}})}));
    }
    void changed(const std::string& id, const std::string& status) {
        must(shop.append({shop.modified({.id = id, .attributes = {{"status", status}}})}));
    }
    void removed(const std::string& id) { must(shop.append({shop.removed({.id = id})})); }

    LiveRequest::View order(const std::string& id) {
        const auto* view = std::get<const engine::ItemView*>(shop.catalog().view("order"));
        return watched("order/" + id, must(engine::LiveQuery::of(*view, {id}, caller)));
    }
    LiveRequest::View open_orders() {
        const auto* list = std::get<const engine::ListView*>(shop.catalog().view("open-orders"));
        return watched("open-orders", must(engine::LiveQuery::of(*list, {}, caller)));
    }
    LiveRequest::View watched(std::string name, engine::LiveQuery query) {
        const std::uint64_t fingerprint = query.fingerprint();
        return {std::move(name), must(shop.engine().live().watch(std::move(query))), fingerprint};
    }

    LiveStream stream(LiveRequest asked) {
        return LiveStream(shop.engine(), std::move(asked), *shop.now());
    }
    // Of one view.
    LiveStream stream_of(LiveRequest::View view, std::optional<std::string> last_id = {}) {
        LiveRequest asked;
        asked.views.push_back(std::move(view));
        asked.last_id = std::move(last_id);
        return stream(std::move(asked));
    }
    // Of an order and the open ones.
    LiveRequest both(std::optional<std::string> last_id = {}) {
        LiveRequest asked;
        asked.views.push_back(order("a"));
        asked.views.push_back(open_orders());
        asked.names_views = true;
        asked.last_id = std::move(last_id);
        return asked;
    }

    static std::string beginning(LiveStream& stream) {
        std::string out;
        stream.begin(out);
        return out;
    }
    static std::string filled(LiveStream& stream) {
        std::string out;
        while (!must(stream.fill(out, 1U << 20U))) {
        }
        return out;
    }
    // The id of the last frame that has one.
    static std::string last_id(const std::string& bytes) {
        const std::size_t begin = bytes.rfind("id: ") + 4;
        return bytes.substr(begin, bytes.find('\n', begin) - begin);
    }
    // The ids' fingerprint of what is watched is replaced by F, so that the text can be read.
    static std::string readable(std::string bytes, const LiveStream& stream) {
        const std::string id = stream.start_id();
        const std::string fingerprint = id.substr(id.rfind('-'));
        for (std::size_t at = 0; (at = bytes.find(fingerprint, at)) != std::string::npos;) {
            bytes.replace(at, fingerprint.size(), "-F");
        }
        return bytes;
    }
    [[nodiscard]] std::string id(const std::string& sent) const {
        return epoch_text(shop.now()->mark().epoch) + "." + sent;
    }

    support::Shop shop;
    std::shared_ptr<const engine::Caller> caller = engine::everybody();
};

TEST_F(LiveStreamTest, BeginsWithABookmarkThatHasNoViewAndThenTheSnapshot) {
    placed("a");
    LiveStream watching = stream_of(order("a"));

    EXPECT_EQ(readable(beginning(watching), watching),
              "retry: 2000\n\nevent: hello\ndata: {\"epoch\":\"" +
                  epoch_text(shop.now()->mark().epoch) +
                  "\",\"position\":1}\n\nid: " + id("1-0-F") + "\n\n");
    EXPECT_EQ(readable(filled(watching), watching),
              "id: " + id("1-1-F") + "\nevent: snapshot\ndata: " + *shop.order("a") + "\n\n");
    EXPECT_EQ(filled(watching), "");
    EXPECT_EQ(watching.sent(), 1U);
}

TEST_F(LiveStreamTest, TellsWhatHasChangedAndNothingOfWhatHasNot) {
    placed("a");
    LiveStream watching = stream_of(order("a"));
    filled(watching);

    placed("b");
    EXPECT_EQ(filled(watching), "");
    EXPECT_EQ(watching.position().value, 2U);
    changed("a", "SUBMITTED");
    EXPECT_EQ(readable(filled(watching), watching), "id: " + id("3-3-F") + R"(
event: change
data: {"remove":[],"put":[{"key":"a","index":0,"item":)" +
                                                        *shop.order("a") + "}]}\n\n");
    removed("a");
    EXPECT_EQ(readable(filled(watching), watching),
              "id: " + id("4-4-F") + "\nevent: change\ndata: {\"remove\":[\"a\"],\"put\":[]}\n\n");
}

TEST_F(LiveStreamTest, AnItemThatIsNotThereIsNullUntilItComes) {
    LiveStream watching = stream_of(order("a"));

    EXPECT_NE(filled(watching).find("event: snapshot\ndata: null\n"), std::string::npos);
    placed("a");
    EXPECT_NE(filled(watching).find(R"("put":[{"key":"a")"), std::string::npos);
}

TEST_F(LiveStreamTest, RestsUntilTheNextStretchOfTimeWhenItIsToTellNoMoreOften) {
    LiveRequest asked;
    asked.views.push_back(order("a"));
    asked.every = std::chrono::milliseconds(50);
    LiveStream watching = stream(std::move(asked));
    EXPECT_FALSE(watching.due());
    filled(watching);
    const auto due = watching.due();
    ASSERT_TRUE(due);
    EXPECT_EQ(due->time_since_epoch() % std::chrono::milliseconds(50),
              Stream::TimePoint::duration());
    EXPECT_FALSE(watching.awaits_records());

    placed("a");
    changed("a", "SUBMITTED");
    std::this_thread::sleep_until(*due);
    const std::string told = filled(watching);

    EXPECT_EQ(readable(told, watching), "id: " + id("2-2-F") + R"(
event: change
data: {"remove":[],"put":[{"key":"a","index":0,"item":)" +
                                            *shop.order("a") + "}]}\n\n");
    std::this_thread::sleep_until(*watching.due());
    EXPECT_EQ(filled(watching), "");
    EXPECT_TRUE(watching.awaits_records()) << "nothing was told in this stretch";
}

TEST_F(LiveStreamTest, EventsDoNotRestAndNameTheirTopic) {
    LiveRequest asked = both();
    asked.every = std::chrono::hours(1);
    asked.events.emplace();
    asked.events->caller = caller;
    asked.events->names_topics = true;
    LiveStream watching = stream(std::move(asked));
    filled(watching);

    placed("a");

    const std::string told = filled(watching);
    EXPECT_EQ(told.substr(told.find('\n') + 1),
              "event: placed\ndata: {\"topic\":\"placed\",\"data\":{\"id\":\"a\"}}\n\n");
    EXPECT_TRUE(watching.awaits_records());
    EXPECT_TRUE(watching.due());
}

TEST_F(LiveStreamTest, MergesTheReadPointsThatNobodyLookedAt) {
    placed("a");
    LiveStream watching = stream_of(order("a"));
    filled(watching);

    for (const char* status : {"SUBMITTED", "READY", "DONE"}) changed("a", status);

    const std::string bytes = filled(watching);
    EXPECT_EQ(watching.sent(), 2U) << bytes;
    EXPECT_NE(bytes.find("DONE"), std::string::npos);
    EXPECT_EQ(bytes.find("READY"), std::string::npos);
}

TEST_F(LiveStreamTest, ThoseOfOnePassAreToldTheSameAndTheViewIsReadOnce) {
    placed("a");
    LiveStream first = stream_of(open_orders());
    LiveStream second = stream_of(open_orders());
    filled(first);
    filled(second);
    changed("a", "COOKING");
    const std::uint64_t reads = shop.engine().live().load().reads;

    auto pass = shop.engine().live_point().begin_pass();
    const std::string told = filled(first);
    changed("a", "SENT");
    EXPECT_EQ(filled(second), told);
    EXPECT_EQ(shop.engine().live().load().reads, reads + 1);
    EXPECT_EQ(second.position().value + 1, shop.now()->position().value) << "there is more";

    pass.end();
    EXPECT_NE(filled(second).find("SENT"), std::string::npos);
}

TEST_F(LiveStreamTest, WhoBeginsDuringAPassHasWhatWasWrittenBefore) {
    placed("a");
    LiveStream first = stream_of(open_orders());
    filled(first);
    const auto pass = shop.engine().live_point().begin_pass();
    changed("a", "COOKING");
    filled(first);
    changed("a", "SENT");

    LiveStream second = stream_of(open_orders());
    EXPECT_NE(filled(second).find("SENT"), std::string::npos);
    EXPECT_NE(filled(first).find("SENT"), std::string::npos) << "it is told with the others";
}

TEST_F(LiveStreamTest, ViewsThatAreToldWithOthersAreNotForgottenForTheEvents) {
    placed("a");
    LiveRequest asked = both();
    asked.events.emplace();
    asked.events->caller = caller;
    LiveStream first = stream_of(order("a"));
    LiveStream watching = stream(std::move(asked));
    filled(first);
    filled(watching);
    auto pass = shop.engine().live_point().begin_pass();
    changed("a", "COOKING");
    filled(first);
    changed("a", "SENT");
    filled(watching);

    EXPECT_LT(watching.position(), shop.now()->position()) << "so it is woken at once";
    pass.end();
    EXPECT_NE(filled(watching).find("event: change"), std::string::npos);
}

TEST_F(LiveStreamTest, ContinuesWithChangesAfterAnId) {
    placed("a");
    LiveStream watching = stream_of(order("a"));
    const std::string begun = last_id(filled(watching));
    changed("a", "SUBMITTED");

    LiveStream resumed = stream_of(order("a"), begun);

    EXPECT_EQ(last_id(beginning(resumed)), resumed.start_id());
    EXPECT_EQ(readable(resumed.start_id(), resumed), id("2-1-F"));
    const std::string bytes = filled(resumed);
    EXPECT_NE(bytes.find("event: change"), std::string::npos) << bytes;
    EXPECT_EQ(bytes.find("event: snapshot"), std::string::npos) << bytes;
}

TEST_F(LiveStreamTest, BeginsWithTheSnapshotAfterAnIdThatSaysNothingOfThisView) {
    placed("a");
    LiveStream watching = stream_of(order("a"));
    const std::string other = last_id(filled(watching));
    const std::string epoch = other.substr(0, other.find('.'));
    const std::string ahead = epoch + ".9-9" + other.substr(other.rfind('-'));
    const std::string none = epoch + ".1-0" + other.substr(other.rfind('-'));

    for (const std::string& last : {other + "1", std::string("1.1-1-1"), epoch + ".1", ahead, none,
                                    std::string("earliest"), std::string("garbled")}) {
        LiveStream resumed = stream_of(order("a"), last);
        EXPECT_NE(filled(resumed).find("event: snapshot"), std::string::npos) << last;
    }
    LiveStream of_another = stream_of(order("b"), other);
    EXPECT_NE(filled(of_another).find("event: snapshot"), std::string::npos);
}

TEST_F(LiveStreamTest, SeveralBeginTogetherAndOnlyTheLastSnapshotHasAnId) {
    placed("a");
    LiveStream watching = stream(both());
    beginning(watching);

    EXPECT_EQ(readable(filled(watching), watching),
              "id: " + id("1-0-F") + "\n\nevent: snapshot\ndata: {\"view\":\"order/a\",\"data\":" +
                  *shop.order("a") + "}\n\nid: " + id("1-1-F") +
                  "\nevent: snapshot\ndata: "
                  R"({"view":"open-orders","data":{"keys":["a"],"items":[)" +
                  *shop.order("a") + "]}}\n\n");
}

TEST_F(LiveStreamTest, WhatOneReadPointChangesOfSeveralIsOneFrame) {
    placed("a");
    LiveStream watching = stream(both());
    const std::string begun = last_id(filled(watching));

    removed("a");

    const std::string change =
        "event: change\ndata: {\"order/a\":{\"remove\":[\"a\"],\"put\":[]},"
        "\"open-orders\":{\"remove\":[\"a\"],\"put\":[]}}\n\n";
    EXPECT_EQ(readable(filled(watching), watching), "id: " + id("2-2-F") + "\n" + change);
    LiveStream resumed = stream(both(begun));
    EXPECT_EQ(readable(filled(resumed), resumed), "id: " + id("2-2-F") + "\n" + change);
    placed("b");
    EXPECT_EQ(filled(watching).find("order/a"), std::string::npos);
}

TEST_F(LiveStreamTest, EventsComeBetweenAndTheirIdsSayWhatTheViewsAreAsOf) {
    placed("a");
    LiveRequest asked = both();
    asked.events.emplace();
    asked.events->caller = caller;
    LiveStream watching = stream(std::move(asked));
    beginning(watching);
    filled(watching);

    placed("b");

    const std::string bytes = readable(filled(watching), watching);
    const std::string event = "id: " + id("2-1-F") + "\nevent: placed\ndata: {\"id\":\"b\"}\n\n";
    EXPECT_TRUE(bytes.starts_with(event + "id: " + id("2-2-F") + "\nevent: change\n")) << bytes;
    EXPECT_EQ(watching.sent(), 4U);
}

TEST_F(LiveStreamTest, ToldAsJsonPatch) {
    placed("a");
    LiveRequest asked;
    asked.views.push_back(open_orders());
    asked.form = LiveRequest::Form::patch;
    LiveStream watching = stream(std::move(asked));
    EXPECT_NE(filled(watching).find("data: {\"items\":[" + *shop.order("a") + "]}\n"),
              std::string::npos);

    removed("a");

    EXPECT_NE(filled(watching).find(R"(data: [{"op":"remove","path":"/items/0"}])"),
              std::string::npos);
}

class LiveEndTest : public LiveStreamTest {
protected:
    LiveEndTest() {
        must(shop.reconfigure(R"(
[[table]]
name  = 'orders'
key   = ['pk']
owner = 'creator'

[[table.view]]
name   = 'order'
fields = ['id=pk', 'status']
access = ['owner']

[[table.list]]
name   = 'open-orders'
fields = ['id=pk']
access = ['signed-in']
)"));
        engine::Caller ada;
        ada.subject = "ada";
        caller = std::make_shared<const engine::Caller>(ada);
        own("a", "ada");
    }
    void own(const std::string& id, const std::string& creator) {
        must(shop.append({shop.modified({.id = id, .attributes = {{"creator", creator}}})}));
    }
};

TEST_F(LiveEndTest, WhoLosesTheRightIsToldWhatToRemoveAndThatIsTheEnd) {
    LiveStream watching = stream_of(order("a"));
    filled(watching);
    EXPECT_FALSE(watching.has_ended());

    own("a", "bob");

    EXPECT_EQ(readable(filled(watching), watching),
              "id: " + id("2-0-F") + "\nevent: change\ndata: {\"remove\":[\"a\"],\"put\":[]}\n\n" +
                  "event: ended\ndata: {\"view\":\"order/a\"}\n\n");
    EXPECT_TRUE(watching.has_ended());
}

TEST_F(LiveEndTest, OfSeveralTheOthersGoOn) {
    LiveStream watching = stream(both());
    filled(watching);
    own("a", "bob");
    const std::string ended = "event: ended\ndata: {\"view\":\"order/a\"}\n\n";

    EXPECT_TRUE(filled(watching).ends_with(ended));
    EXPECT_FALSE(watching.has_ended());
    own("a", "ada");
    own("b", "bob");
    const std::string bytes = filled(watching);
    EXPECT_EQ(bytes.find("order/a"), std::string::npos) << bytes;
    EXPECT_NE(bytes.find(R"({"open-orders":{)"), std::string::npos) << bytes;
}

TEST_F(LiveEndTest, WhoIsGivenTheRightAgainBeginsWithSnapshots) {
    LiveStream watching = stream(both());
    LiveStream other = stream(both());
    filled(watching);
    own("a", "bob");
    filled(watching);
    own("a", "ada");
    own("b", "bob");
    const std::string id = last_id(filled(watching));
    filled(other);

    LiveStream resumed = stream(both(id));

    const std::string bytes = filled(resumed);
    EXPECT_NE(bytes.find(R"({"view":"order/a","data":{"id":"a")"), std::string::npos) << bytes;
}

TEST_F(LiveEndTest, AnotherCallerHasNothingOfWhatTheFirstWasShown) {
    own("a", "bob");
    LiveStream watching = stream(both());
    const std::string shown_to_ada = last_id(filled(watching));
    LiveStream hers = stream_of(order("b"));
    const std::string of_one_view = last_id(filled(hers));
    engine::Caller bob;
    bob.subject = "bob";
    caller = std::make_shared<const engine::Caller>(bob);

    LiveStream his = stream(both(shown_to_ada));
    LiveStream alone = stream_of(order("b"), of_one_view);

    EXPECT_NE(filled(his).find(R"({"view":"order/a","data":{"id":"a")"), std::string::npos);
    EXPECT_NE(filled(alone).find("event: snapshot"), std::string::npos);
}

TEST_F(LiveEndTest, OneThatMayNotBeReadHasEndedFromTheBeginning) {
    own("a", "bob");

    LiveStream watching = stream(both());

    const std::string bytes = filled(watching);
    EXPECT_EQ(bytes.find("event: snapshot\ndata: {\"view\":\"order/a\""), std::string::npos);
    EXPECT_NE(bytes.find("event: ended\ndata: {\"view\":\"order/a\"}"), std::string::npos);
    EXPECT_NE(bytes.find("event: snapshot\ndata: {\"view\":\"open-orders\""), std::string::npos);
}

}  // namespace
}  // namespace freshet::http
