// What engine/records/stream_arn.h promises: the parts of a stream's name.

#include "engine/records/stream_arn.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace freshet::engine {
namespace {

TEST(StreamArn, HasAnOriginASourceAndALabel) {
    const auto arn = parse_stream_arn(
        "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-20T11:39:28.605");

    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->origin, "arn:aws:dynamodb:eu-west-1:123456789012:table/");
    EXPECT_EQ(arn->source, "orders");
    EXPECT_EQ(arn->label, "2026-11-20T11:39:28.605");
}

TEST(StreamArn, MayNameATableOnly) {
    const auto arn = parse_stream_arn("arn:aws:dynamodb:eu-west-1:1:table/orders");

    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->source, "orders");
    EXPECT_EQ(arn->label, "");
}

TEST(StreamArn, IsNothingElse) {
    for (const std::string text :
         {"", "orders", "arn:", "arn:aws:dynamodb:r:1:table/", "arn:aws:dynamodb:r:1:table/o/",
          "arn:aws:dynamodb:r:1:table/o/stream/", "arn:aws:dynamodb:r:1:table/o/stream/a/b",
          "arn:aws:dynamodb:r:1:table/o/index/i", "arn:aws:kinesis:r:1:stream/s"}) {
        EXPECT_FALSE(parse_stream_arn(text)) << text;
    }
}

TEST(StreamArn, GivesAStreamItsFamily) {
    const StreamName name = stream_name("arn:aws:dynamodb:r:1:table/orders/stream/7");
    EXPECT_EQ(name.family, "arn:aws:dynamodb:r:1:table/orders");
    EXPECT_EQ(name.label, "7");
    EXPECT_EQ(text_of(name), "arn:aws:dynamodb:r:1:table/orders/stream/7");

    EXPECT_EQ(stream_name("arn:aws:kinesis:r:1:stream/s").family, "arn:aws:kinesis:r:1:stream/s");
    EXPECT_EQ(stream_name("arn:aws:kinesis:r:1:stream/s").label, "");
}

TEST(StreamArn, IsOfDynamodbIfItSaysAllParts) {
    EXPECT_TRUE(is_dynamodb_arn("arn:aws:dynamodb:eu-west-1:1:table/orders"));
    EXPECT_TRUE(is_dynamodb_arn("arn:aws-cn:dynamodb:cn-north-1:1:table/orders/stream/7"));
    EXPECT_TRUE(is_dynamodb_arn("arn:aws:dynamodb:ddblocal:000000000000:table/orders"));
    for (const std::string text :
         {"", "orders", "arn:aws:kinesis:r:1:table/o", "arn:aws:dynamodb:r:table/o",
          "arn:aws:dynamodb::1:table/o", "arn:aws:dynamodb:r:1:2:table/o",
          "arn:aws:dynamodb:r:1:table/o/index/i", " arn:aws:dynamodb:r:1:table/o"}) {
        EXPECT_FALSE(is_dynamodb_arn(text)) << text;
    }
}

TEST(StreamName, HasNoSpaceAndNoControlCharacter) {
    EXPECT_TRUE(is_stream_name("us-east-1"));
    EXPECT_TRUE(is_stream_name("größe"));
    EXPECT_TRUE(is_stream_name(std::string(2'048, 'a')));
    for (const std::string text : {"", "hello world", "a ", "\ta", "a\n", "a\x7f"}) {
        EXPECT_FALSE(is_stream_name(text)) << text;
    }
    EXPECT_FALSE(is_stream_name(std::string(2'049, 'a')));
}

TEST(StreamName, OfARefusedRecordIsKeptWithItsCount) {
    std::optional<RefusedStream> refused;
    note_refused(refused, stream_name("one"));
    note_refused(refused, stream_name("one"));
    EXPECT_EQ(refused, (RefusedStream{.stream = "one", .records = 2}));

    note_refused(refused, stream_name("not\na name"));
    note_refused(refused, stream_name("two"));
    EXPECT_EQ(refused, (RefusedStream{.stream = "two", .records = 1}));
}

}  // namespace
}  // namespace freshet::engine
