#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "engine/functions/function_answer.h"
#include "tests/support/held_clock.h"
#include "tests/world/fed_function.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;
using storage::AppendTime;
using storage::Position;
using support::failed;

// The beginning of a minute.
constexpr AppendTime minute{seconds(1'800'000'000)};

class FunctionWindowTest : public ::testing::Test {
protected:
    FunctionWindowTest() { set_time(seconds(0)); }

    // So long after the minute began.
    void set_time(seconds passed) {
        log.set_time(minute + passed);
        clock.set_wall(minute + passed);
    }

    // The next call, once everything is read.
    std::optional<FunctionCall> next() {
        fed.read_all();
        fed.feed().note_caught_up();
        return fed.next();
    }
    FunctionCall call() {
        auto found = next();
        EXPECT_TRUE(found);
        return found.value_or(FunctionCall());
    }
    void answer(const FunctionCall& call, const std::string& body) {
        const FunctionReply reply{.status = 200, .body = body, .ends_window = call.ends_window};
        fed.answer(call, read_answer(log.function(), reply, call.identifiers, call.event_ids));
    }
    [[nodiscard]] static std::string member(const FunctionCall& call, const std::string& name) {
        const std::string begin = "\"" + name + "\":";
        const std::size_t at = call.body.find(begin);
        if (at == std::string::npos) return {};
        const std::string rest = call.body.substr(at + begin.size());
        return rest.substr(0, rest.find_first_of(",}"));
    }

    support::HeldClock clock;
    support::FunctionLog log{"tumbling_window_s = 60\nbatch_size = 2\nmaximum_retry_attempts = 1"};
    support::FedFunction fed{log, clock};
};

TEST_F(FunctionWindowTest, E65_PassesTheStateOnAndFlagsTheFinalCall) {
    log.add("a", 3);

    const FunctionCall first = call();
    EXPECT_EQ(member(first, "state"), "{");
    EXPECT_NE(first.body.find(R"("window":{"start":"2027-01-15T08:00:00Z",)"
                              R"("end":"2027-01-15T08:01:00Z"})"),
              std::string::npos)
        << first.body;
    EXPECT_EQ(member(first, "isFinalInvokeForWindow"), "false");
    EXPECT_EQ(member(first, "isWindowTerminatedEarly"), "false");
    EXPECT_EQ(member(first, "shardId"), "\"lane-0\"");
    answer(first, R"({"state":{"count":2}})");

    const FunctionCall second = call();
    EXPECT_NE(second.body.find(R"("state":{"count":2})"), std::string::npos) << second.body;
    answer(second, R"({"state":{"count":3}})");
    EXPECT_FALSE(next()) << "its minute is not over";

    set_time(seconds(61));
    const FunctionCall last = call();
    EXPECT_NE(last.body.find(R"({"Records":[],"window")"), std::string::npos) << last.body;
    EXPECT_NE(last.body.find(R"("state":{"count":3})"), std::string::npos) << last.body;
    EXPECT_EQ(member(last, "isFinalInvokeForWindow"), "true");
    answer(last, "");
    EXPECT_FALSE(next());
}

TEST_F(FunctionWindowTest, E65_AnAnswerWithoutStateIsAFailure) {
    log.add("a");
    for (const std::string body : {"", "null", "{}", R"({"state":null})", R"({"state":7})"}) {
        const FunctionReply reply{.status = 200, .body = body};
        EXPECT_TRUE(read_answer(log.function(), reply, {"1"}, {"x"}).failed) << body;
    }
    const FunctionCall first = call();
    answer(first, "{}");

    ASSERT_TRUE(fed.sleep());
    const FunctionCall again = call();
    EXPECT_EQ(again.attempt, 2U);
    EXPECT_EQ(again.body, first.body);
}

TEST_F(FunctionWindowTest, E65_AStateBeyondAMebibyteEndsTheWindowEarly) {
    log.add("a", 3);
    const std::string large(1U << 20U, 'x');
    answer(call(), R"({"state":{"text":")" + large + "\"}}");

    const FunctionCall last = call();
    EXPECT_EQ(member(last, "isFinalInvokeForWindow"), "true");
    EXPECT_EQ(member(last, "isWindowTerminatedEarly"), "true");
    answer(last, "null");

    const FunctionCall rest = call();
    EXPECT_EQ(member(rest, "state"), "{");
    EXPECT_EQ(member(rest, "isWindowTerminatedEarly"), "false");
    EXPECT_EQ(rest.identifiers.size(), 1U);
}

TEST_F(FunctionWindowTest, E65_TheFinalCallIsTriedUntilItSucceeds) {
    log.add("a");
    answer(call(), R"({"state":{}})");
    set_time(seconds(61));
    log.add("b");
    for (int i = 0; i < 5; ++i) {
        const FunctionCall last = call();
        EXPECT_EQ(member(last, "isFinalInvokeForWindow"), "true");
        fed.feed().answer(last.number, failed());
        EXPECT_FALSE(next()) << "after a pause only";
        ASSERT_TRUE(fed.sleep());
    }
    answer(call(), "");

    EXPECT_EQ(member(call(), "isFinalInvokeForWindow"), "false") << "then the next one begins";
    EXPECT_EQ(fed.feed().status().parked, 0U);
}

TEST_F(FunctionWindowTest, WhatIsHandedOverAgainIsAWindowOfItsOwn) {
    const Position parked = log.add("a");
    for (int attempt = 0; attempt < 2; ++attempt) {
        fed.answer(call(), failed());
        fed.sleep();
    }
    fed.note(FunctionFeed::NoteBy::now);
    ASSERT_TRUE(fed.parked.contains(parked));
    log.add("b");
    answer(call(), R"({"state":{"count":1}})");

    fed.ask_again(parked);
    const FunctionCall again = call();

    EXPECT_EQ(support::positions_of(again), std::vector<Position>{parked});
    EXPECT_EQ(member(again, "state"), "{");
    EXPECT_EQ(member(again, "isFinalInvokeForWindow"), "true");
    EXPECT_NE(again.body.find(R"("window":{"start":"2027-01-15T08:00:00Z")"), std::string::npos);
    answer(again, "");
    EXPECT_EQ(fed.feed().status().parked, 0U);
    set_time(seconds(61));
    EXPECT_NE(call().body.find(R"("state":{"count":1})"), std::string::npos)
        << "it is not in the way of the window that was open";
}

TEST_F(FunctionWindowTest, ABatchKeepsToItsWindow) {
    log.add("a");
    set_time(seconds(61));
    log.add("a");

    const FunctionCall first = call();
    EXPECT_EQ(first.identifiers.size(), 1U);
    answer(first, R"({"state":{}})");
    EXPECT_EQ(member(call(), "isFinalInvokeForWindow"), "true");
}

TEST_F(FunctionWindowTest, ThePlaceStaysBeforeAnOpenWindowSoThatACrashBeginsItAgain) {
    const Position before = log.add("a");
    answer(call(), R"({"state":{"count":1}})");
    set_time(seconds(61));
    const FunctionCall last = call();
    EXPECT_LT(fed.feed().status().place, before);

    fed.crash();
    set_time(seconds(61));
    const FunctionCall again = call();
    EXPECT_EQ(again.identifiers.size(), 1U);
    EXPECT_EQ(member(again, "state"), "{");
    answer(again, R"({"state":{"count":1}})");
    answer(call(), "");
    EXPECT_GE(fed.feed().status().place, before);
}

}  // namespace
}  // namespace freshet::engine
