// What http/streams/event_stream.h promises, by example: the bytes that a subscriber gets.

#include "http/streams/event_stream.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/catalog/derivation.h"
#include "http/streams/event_id.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::http {
namespace {

using support::must;

class EventStreamTest : public ::testing::Test {
protected:
    void placed(const std::string& id) { must(shop.append({shop.inserted({.id = id})})); }
    void changed(const std::string& id, const std::string& status) {
        must(shop.append({shop.modified({.id = id, .attributes = {{"status", status}}})}));
    }

    EventStream stream(StreamRequest asked = {}) {
        asked.caller = engine::everybody();
        return EventStream(shop.engine(), std::move(asked), *shop.now());
    }
    EventStream stream_from(const std::string& last_id) {
        StreamRequest asked;
        asked.last_id = last_id;
        return stream(std::move(asked));
    }
    [[nodiscard]] std::string epoch() const { return epoch_text(shop.now()->mark().epoch); }
    [[nodiscard]] std::string id(std::uint64_t position) const {
        return epoch() + "." + std::to_string(position);
    }
    static std::string beginning(EventStream& stream) {
        std::string out;
        stream.begin(out);
        return out;
    }
    static std::string filled(EventStream& stream) {
        std::string out;
        while (!must(stream.fill(out, 1U << 20U))) {
        }
        return out;
    }
    [[nodiscard]] std::string placed_frame(std::uint64_t position, const std::string& order) const {
        return "id: " + id(position) + "\nevent: placed\ndata: {\"id\":\"" + order + "\"}\n\n";
    }

    support::Shop shop;
};

TEST_F(EventStreamTest, BeginsWithHelloAndABookmarkWhereItGoesOnFrom) {
    placed("a");

    EventStream fresh = stream();

    EXPECT_EQ(beginning(fresh), "retry: 2000\n\nevent: hello\ndata: {\"epoch\":\"" + epoch() +
                                    "\",\"position\":1}\n\nid: " + id(1) + "\n\n");
    EXPECT_EQ(fresh.start_id(), id(1));
}

TEST_F(EventStreamTest, SaysWhatHappensFromNowOn) {
    placed("a");
    EventStream watching = stream();
    EXPECT_EQ(filled(watching), "");

    placed("b");
    changed("b", "SUBMITTED");

    EXPECT_EQ(filled(watching), placed_frame(2, "b") + "id: " + id(3) +
                                    "\nevent: status-updated\ndata: "
                                    "{\"id\":\"b\",\"status\":\"SUBMITTED\"}\n\n");
    EXPECT_EQ(watching.sent(), 2U);
}

TEST_F(EventStreamTest, WorksOutNoDataForThoseWhoMayNotHearIt) {
    support::Shop notes(R"(
[[table]]
name   = 'orders'
key    = ['pk']
owner  = 'creator'
derive = { words = { words = 'body' } }

[[table.event]]
type   = 'placed'
data   = ['words']
access = ['owner']
)");
    must(notes.append(
        {notes.inserted({.id = "a", .attributes = {{"creator", "ann"}, {"body", "ho ho"}}})}));
    const auto heard_by = [&](const std::string& subject) {
        engine::Caller caller;
        caller.subject = subject;
        EventStream watching(
            notes.engine(),
            {.caller = std::make_shared<const engine::Caller>(caller), .last_id = "earliest"},
            *notes.now());
        return filled(watching);
    };
    const std::uint64_t before = engine::derivations_done();

    EXPECT_EQ(heard_by("bob"), "");
    EXPECT_EQ(engine::derivations_done(), before);
    EXPECT_NE(heard_by("ann").find(R"(data: {"words":2})"), std::string::npos);
    EXPECT_EQ(engine::derivations_done(), before + 1);
}

TEST_F(EventStreamTest, GoesOnStrictlyAfterAnId) {
    for (const char* order : {"a", "b", "c"}) placed(order);

    EventStream resumed = stream_from(id(1));
    EventStream whole = stream_from("earliest");
    EventStream live = stream_from("latest");

    EXPECT_EQ(filled(resumed), placed_frame(2, "b") + placed_frame(3, "c"));
    EXPECT_EQ(filled(whole), placed_frame(1, "a") + placed_frame(2, "b") + placed_frame(3, "c"));
    EXPECT_EQ(filled(live), "");
}

TEST_F(EventStreamTest, SaysThatAnIdCannotBeHonouredBeforeAnythingElse) {
    placed("a");
    placed("b");
    const auto reset = [&](const std::string& reason, const std::string& requested) {
        return "retry: 2000\n\nevent: reset\ndata: {\"reason\":\"" + reason +
               "\",\"requested\":\"" + requested + "\",\"earliest\":0,\"head\":2,\"epoch\":\"" +
               epoch() + "\"}\n\nid: " + id(2) + "\n\n";
    };

    EventStream foreign = stream_from("1.1");
    EventStream ahead = stream_from(id(3));
    EventStream garbled = stream_from("yesterday\n\"");

    EXPECT_EQ(beginning(foreign), reset("epoch", "1.1"));
    EXPECT_EQ(beginning(ahead), reset("unknown", id(3)));
    EXPECT_TRUE(beginning(garbled).starts_with(reset("unknown", "yesterday\\n\\\"")));
    placed("c");
    EXPECT_EQ(filled(foreign), placed_frame(3, "c"));
}

TEST_F(EventStreamTest, SaysWhatTheWordsAreToAClientThatMistypedOne) {
    EventStream mistyped = stream_from("earlist");
    EventStream ahead = stream_from(id(3));

    const std::string text = beginning(mistyped);

    EXPECT_TRUE(
        text.ends_with("\n\n: what was requested is no id: a stream resumes after an id that "
                       "it gave, or begins at 'earliest' or 'latest'\n\n"))
        << text;
    EXPECT_EQ(beginning(ahead).find("earliest'"), std::string::npos);
}

TEST_F(EventStreamTest, BookmarksWhatTheFilterLeftOut) {
    EventStream watching = [&] {
        StreamRequest asked;
        asked.filter = must(engine::EventFilter::make(
            shop.engine().catalog(), {.types = {"canceled"}}, *engine::everybody()));
        return stream(std::move(asked));
    }();
    placed("a");
    placed("b");
    EXPECT_EQ(filled(watching), "");

    std::string out;
    watching.append_bookmark(out);

    EXPECT_EQ(out, "id: " + id(2) + "\n\n");
}

TEST_F(EventStreamTest, PutsTheTypeIntoTheDataOfUnnamedEvents) {
    StreamRequest asked;
    asked.unnamed = true;
    EventStream watching = stream(std::move(asked));
    placed("a");
    must(shop.append({shop.removed({.id = "a"})}));

    EXPECT_EQ(filled(watching), "id: " + id(1) + "\ndata: {\"type\":\"placed\",\"id\":\"a\"}\n\n" +
                                    "id: " + id(2) + "\ndata: {\"type\":\"canceled\"}\n\n");
}

TEST_F(EventStreamTest, NamesBookmarksForClientsThatAskForThat) {
    StreamRequest asked;
    asked.named_bookmarks = true;
    EventStream watching = stream(std::move(asked));

    std::string out;
    watching.append_bookmark(out);

    EXPECT_EQ(out, "id: " + id(0) + "\nevent: bookmark\ndata: {\"position\":0}\n\n");
}

TEST_F(EventStreamTest, TellsTheLogInTheFormOfItsSource) {
    placed("a");
    StreamRequest asked;
    asked.kind = StreamRequest::Kind::records;
    asked.after = storage::Position{0};
    EventStream watching = stream(std::move(asked));

    const std::string out = filled(watching);

    EXPECT_TRUE(out.starts_with("id: " + id(1) + "\ndata: {\"position\":1,\"table\":\"orders\""))
        << out;
    EXPECT_NE(out.find(R"("NewImage":{"pk":{"S":"a"}})"), std::string::npos) << out;
}

TEST_F(EventStreamTest, RefusesToGoOnAfterAPositionThatIsNotThereYet) {
    placed("a");
    StreamRequest asked;
    asked.kind = StreamRequest::Kind::records;
    asked.after = storage::Position{2};
    EventStream watching = stream(std::move(asked));

    EXPECT_NE(beginning(watching).find(R"("reason":"unknown","requested":"2")"), std::string::npos);
}

TEST_F(EventStreamTest, FillsNoMoreThanItHasRoomFor) {
    for (int i = 0; i < 100; ++i) placed("o-" + std::to_string(i));
    EventStream watching = stream_from("earliest");
    std::string all;
    std::size_t turns = 0;

    bool caught_up = false;
    while (!caught_up) {
        std::string out;
        caught_up = must(watching.fill(out, 500));
        EXPECT_LT(out.size(), 600U);
        all += out;
        ++turns;
    }

    EXPECT_GT(turns, 5U);
    EventStream at_once = stream_from("earliest");
    EXPECT_EQ(all, filled(at_once));
}

}  // namespace
}  // namespace freshet::http
