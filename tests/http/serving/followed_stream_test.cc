// What http/serving/followed_stream.h promises, by example: a stream without its connection.

#include "http/serving/followed_stream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/streams/event_stream.h"
#include "tests/http/serving/service_shop.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::seconds;
using Filled = FollowedStream::Filled;

constexpr std::size_t held_bytes_max = 256U << 20U;

class FollowedStreamTest : public ::testing::Test {
protected:
    // From the beginning of the log on.
    std::unique_ptr<FollowedStream> records(std::optional<seconds> life = std::nullopt,
                                            Seats::Seat seat = {}) {
        StreamRequest asked;
        asked.kind = StreamRequest::Kind::records;
        asked.caller = engine::everybody();
        asked.after = storage::Position{0};
        const engine::Engine& engine = at.shop.engine();
        const auto newest = support::must(engine.read_point());
        Identity identity{.caller = engine::everybody(), .expires = {}};
        if (life) identity.expires = at.shop.now + *life;
        return std::make_unique<FollowedStream>(
            at.service, std::move(identity),
            std::make_unique<EventStream>(engine, std::move(asked), *newest), std::move(seat));
    }
    double cuts(const std::string& reason) {
        return at.counted("freshet_subscribers_cut_total", {{"reason", reason}});
    }
    static FollowedStream::TimePoint in(seconds time) {
        return std::chrono::steady_clock::now() + time;
    }

    ServiceShop at;
    std::string out;
};

TEST_F(FollowedStreamTest, SaysWhatIsInTheLogAndThenHasCaughtUp) {
    at.shop.ordered("a", 1);
    at.shop.ordered("b", 1);
    const auto stream = records();

    EXPECT_EQ(stream->fill(out), Filled::caught_up);

    EXPECT_NE(out.find(".2\n"), std::string::npos) << out;
    EXPECT_EQ(stream->position(), storage::Position{2});
    EXPECT_FALSE(stream->is_behind());
    EXPECT_EQ(at.counted("freshet_events_sent_total", {}), 2);
}

TEST_F(FollowedStreamTest, IsAmongTheSubscribersForAsLongAsItLives) {
    at.shop.ordered("a", 1);
    auto stream = records();
    stream->fill(out);
    EXPECT_EQ(at.subscribers.summary().count, 1U);
    EXPECT_EQ(at.subscribers.summary().slowest, storage::Position{1});

    stream.reset();

    EXPECT_EQ(at.subscribers.summary().count, 0U);
}

TEST_F(FollowedStreamTest, GivesThePlaceAmongItsSubjectsStreamsBack) {
    Seats seats(1);
    auto stream = records(std::nullopt, *seats.take({}));
    EXPECT_FALSE(seats.take({}).has_value());

    stream.reset();

    EXPECT_TRUE(seats.take({}).has_value());
}

TEST_F(FollowedStreamTest, GetsAFrameAtATimeWhileAllOfThemHoldTooMuch) {
    at.shop.ordered("a", 1);
    at.shop.ordered("b", 1);
    at.held_bytes = held_bytes_max;
    const auto stream = records();

    EXPECT_EQ(stream->fill(out), Filled::more);

    EXPECT_EQ(stream->position(), storage::Position{1});
    EXPECT_TRUE(stream->is_behind());
}

TEST_F(FollowedStreamTest, HoldsWhatItsClientHasNotTaken) {
    auto stream = records();

    stream->note_written(0, 100);
    EXPECT_EQ(at.held_bytes, 100U);
    stream->note_written(60, 40);
    EXPECT_EQ(at.held_bytes, 40U);

    stream.reset();
    EXPECT_EQ(at.held_bytes, 0U);
    EXPECT_EQ(at.counted("freshet_stream_bytes_sent_total", {}), 60);
}

TEST_F(FollowedStreamTest, HasAHeartbeatOnlyAfterSilence) {
    at.service.heartbeat = seconds(10);
    const auto stream = records();
    stream->begin(out, at.shop.now);
    out.clear();

    EXPECT_FALSE(stream->append_heartbeat(out, in(seconds(9))));
    EXPECT_EQ(out, "");
    EXPECT_TRUE(stream->append_heartbeat(out, in(seconds(13))));
    EXPECT_TRUE(out.starts_with("id: ")) << out;
    EXPECT_FALSE(stream->append_heartbeat(out, in(seconds(9))));
}

TEST_F(FollowedStreamTest, WarnsOnceAMinuteBeforeItsCredentialEnds) {
    const auto stream = records(seconds(600));
    stream->begin(out, at.shop.now);
    out.clear();
    EXPECT_FALSE(stream->has_notice(at.shop.now + seconds(539)));
    EXPECT_TRUE(stream->has_notice(at.shop.now + seconds(540)));

    stream->append_warning(out, at.shop.now + seconds(540));
    EXPECT_NE(out.find("event: expiring\n"), std::string::npos) << out;
    out.clear();
    stream->append_warning(out, at.shop.now + seconds(541));

    EXPECT_EQ(out, "");
    EXPECT_FALSE(stream->has_notice(at.shop.now + seconds(599)));
    EXPECT_EQ(stream->end(at.shop.now + seconds(599)), "");
    EXPECT_TRUE(stream->has_notice(at.shop.now + seconds(600)));
    EXPECT_NE(stream->end(at.shop.now + seconds(600)), "");
}

TEST_F(FollowedStreamTest, WarnsAtHalfTimeIfTheEndIsNear) {
    const auto stream = records(seconds(60));
    stream->begin(out, at.shop.now);

    EXPECT_FALSE(stream->has_notice(at.shop.now + seconds(29)));
    EXPECT_TRUE(stream->has_notice(at.shop.now + seconds(30)));
}

TEST_F(FollowedStreamTest, SaysGoodbyeAndIsCountedByWhy) {
    const auto stream = records();

    stream->append_farewell(out, CutReason::stopping, "the server stops");

    EXPECT_TRUE(out.starts_with("retry: ")) << out;
    EXPECT_NE(out.find(": the server stops\n"), std::string::npos) << out;
    EXPECT_EQ(cuts("stopping"), 1);
    EXPECT_EQ(cuts("expired"), 0);
}

}  // namespace
}  // namespace freshet::http
