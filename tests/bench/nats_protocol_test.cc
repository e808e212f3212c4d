#include "bench/peers/nats_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

TEST(NatsProtocol, PublishesPayloadsOfAnyBytes) {
    std::string words;
    append_subscription(words, "answers");
    append_publication(words, "orders.7", "answers", "a\r\nb");

    EXPECT_EQ(words, "SUB answers 1\r\nPUB orders.7 answers 4\r\na\r\nb\r\n");
}

TEST(NatsProtocol, TakesOneFrameAfterTheOther) {
    std::string_view text =
        "INFO {}\r\nPING\r\nMSG orders.7 1 answers 4\r\na\r\nb\r\nMSG pushed 1 0\r\n\r\n";

    EXPECT_EQ(take_nats_frame(text)->verb, "INFO");
    EXPECT_EQ(take_nats_frame(text)->verb, "PING");
    const auto message = take_nats_frame(text);
    EXPECT_EQ(message->subject, "orders.7");
    EXPECT_EQ(message->payload, "a\r\nb");
    EXPECT_EQ(take_nats_frame(text)->payload, "");
    EXPECT_EQ(text, "");
}

TEST(NatsProtocol, LeavesAMessageThatIsNotWhole) {
    const std::string whole = "PING\r\nMSG orders.7 1 3\r\nabc\r\n";
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        std::string_view part = std::string_view(whole).substr(0, bytes);
        EXPECT_FALSE(take_nats_message(part)) << bytes;
        EXPECT_EQ(part.size(), bytes);
    }
    std::string_view text = whole;
    EXPECT_EQ(take_nats_message(text)->payload, "abc");
    EXPECT_EQ(text, "");
}

TEST(NatsProtocol, FailsByWhatIsRefused) {
    std::string_view error = "-ERR 'Maximum Payload Violation'\r\n";

    EXPECT_THROW(take_nats_frame(error), Failure);
    EXPECT_THROW(check_jetstream(R"({"error":{"code":503}})"), Failure);
    EXPECT_NO_THROW(check_jetstream(R"({"stream":"orders","seq":1})"));
}

}  // namespace
}  // namespace freshet::bench
