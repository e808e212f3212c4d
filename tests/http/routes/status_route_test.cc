// What http/routes/status_route.h promises.

#include "http/routes/status_route.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "engine/config/config.h"
#include "engine/version.h"
#include "http/messages/target.h"
#include "http/streams/event_id.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;
using support::must;

Answer get(const engine::Engine& engine, const Subscribers::Summary& subscribers = {},
           const std::string& target = "/status") {
    Request request;
    request.method = "GET";
    request.identity.caller = engine::everybody();
    request.target = must(parse_target(target));
    return status_answer(engine, subscribers, {1, 0, 3}, request);
}

JsonValue status_of(const engine::Engine& engine, const Subscribers::Summary& subscribers = {}) {
    return JsonValue::parse(get(engine, subscribers).body).value_or(JsonValue());
}

class StatusRoute : public ::testing::Test {
protected:
    RouteShop shop;
};

TEST_F(StatusRoute, TellsHowTheServerIs) {
    shop.ordered("a", 1);
    shop.ordered("b", 2);

    const Answer answer = get(shop.engine());

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    const JsonValue status = JsonValue::parse(answer.body).value_or(JsonValue());
    const auto epoch = must(shop.engine().read_point())->mark().epoch;
    const std::string expected =
        R"({"version":")" + std::string(engine::version()) + R"(","mode":"ready","epoch":")" +
        epoch_text(epoch) +
        R"(","head":2,"folded":2,"queue":{"bytes":0,"bytes_max":67108864},"stalls":0,)"
        R"("write_stopped":false,"gaps":0,"tables":[{"name":"orders","sources":[{"family":)"
        R"("arn:aws:dynamodb:x:0:table/shop","labels":["2026-01-01T00:00:00.000"]}],)"
        R"("suspicious_duplicates":0,"last_suspicious":null,"refused_stream":null},)"
        R"({"name":"lines","sources":[],"suspicious_duplicates":0,"last_suspicious":null,)"
        R"("refused_stream":null}],"unknown_stream":null,)"
        R"("subscribers":{"count":0,"slowest":null},)"
        R"("live":{"views":0,"watches":0,"refused":0},)"
        R"("revocations":{"subject":1,"token_id":0,"session":3}})";
    EXPECT_EQ(status.without({"disk", "uptime_s"}), JsonValue::parse(expected));
    EXPECT_LT(std::stoull(status["uptime_s"].text()), 3'600U);
    for (const char* bytes : {"free_bytes", "log_bytes", "state_bytes"}) {
        EXPECT_GT(std::stoull(status["disk"][bytes].text()), 0U) << bytes;
    }
}

TEST_F(StatusRoute, TellsHowFarTheSlowestSubscriberIsBehind) {
    shop.ordered("a", 1);
    shop.ordered("b", 2);
    shop.ordered("c", 3);

    const JsonValue behind =
        status_of(shop.engine(), {.count = 2, .slowest = storage::Position{1}});
    const JsonValue new_one =
        status_of(shop.engine(), {.count = 1, .slowest = storage::Position{~std::uint64_t{0}}});

    EXPECT_EQ(behind["subscribers"],
              JsonValue::parse(R"({"count":2,"slowest":{"position":1,"behind":2}})"));
    EXPECT_EQ(new_one["subscribers"],
              JsonValue::parse(R"({"count":1,"slowest":{"position":3,"behind":0}})"));
}

TEST_F(StatusRoute, TellsWhatWaitsInTheQueue) {
    engine::ChangeBatch batch;
    batch.bytes = 1'234;
    shop.engine().append(std::move(batch), [](const Result<engine::Receipt>&) {});

    EXPECT_EQ(status_of(shop.engine())["queue"]["bytes"].text(), "1234");

    shop.engine().sequencer().step();
    EXPECT_EQ(status_of(shop.engine())["queue"]["bytes"].text(), "0");
}

TEST_F(StatusRoute, RefusesParameters) {
    EXPECT_EQ(get(shop.engine(), {}, "/status?verbose=1").status, 400);
}

TEST(StatusOfAnEngine, AnswersBeforeTheLogIsFolded) {
    const support::TempFolder folder;
    engine::EngineOptions options;
    options.path = folder.file("data");
    const auto engine = must(engine::Engine::open(shop_config().catalog, std::move(options)));

    const JsonValue status = status_of(*engine);

    EXPECT_EQ(status["mode"].text(), "folding");
    EXPECT_EQ(status["folded"].text(), "0");
    EXPECT_FALSE(status["epoch"].text().empty());
}

TEST(NameOf, IsOneForEachMode) {
    using engine::SequencerMode;

    EXPECT_EQ(name_of(SequencerMode::folding), "folding");
    EXPECT_EQ(name_of(SequencerMode::serving), "ready");
    EXPECT_EQ(name_of(SequencerMode::read_only), "read-only");
    EXPECT_EQ(name_of(SequencerMode::recovering), "recovering");
    EXPECT_EQ(name_of(SequencerMode::stopped), "stopped");
}

// People read it in a terminal, and a writer chose the name.
TEST_F(StatusRoute, NothingThatAWriterChoseSteersATerminal) {
    const Answer refused =
        shop.post(R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:)"
                  R"(table/o\u009b2J\u202e/stream/1",)"
                  R"("dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"1"}})");
    ASSERT_EQ(refused.status, 422) << refused.body;

    const Answer answer = get(shop.engine());

    EXPECT_NE(answer.body.find(R"(table/o\u009b2J\u202e)"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find("\xC2\x9B"), std::string::npos);
}

}  // namespace
}  // namespace freshet::http
