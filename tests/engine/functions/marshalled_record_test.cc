// What engine/functions/marshalled_record.h promises: which records a `filter` takes.

#include "engine/functions/marshalled_record.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/fed_function.h"
#include "tests/world/record_maker.h"

namespace freshet::engine {
namespace {

using support::must;
using Parts = support::RecordMaker::Parts;

class MarshalledRecordTest : public ::testing::Test {
protected:
    static bool is_taken(const std::string& filter, const Parts& parts) {
        const Config config = must(
            parse_config(support::function_configuration("filter = " + filter), "freshet.toml"));
        const support::RecordMaker maker;
        return takes(config.functions.front()->filter,
                     maker.record(*config.catalog, "orders", parts));
    }
    static void expect(bool expected, const Parts& parts, const std::vector<std::string>& filters) {
        for (const std::string& filter : filters) {
            EXPECT_EQ(is_taken(filter, parts), expected) << filter;
        }
    }
    static std::string after(const std::string& pattern) {
        return "{ dynamodb = { NewImage = { " + pattern + " } } }";
    }
};

const Parts changed{.kind = "MODIFY",
                    .keys = R"("pk":{"S":"o-1"})",
                    .before = R"("status":{"S":"NEW"})",
                    .after = R"("status":{"S":"OPEN"},"minutes":{"N":"300"},"paid":{"BOOL":true},)"
                             R"("gone":{"NULL":true},"tags":{"SS":["a","b"]},)"
                             R"("counts":{"NS":["1","2.50"]},"list":{"L":[{"S":"x"},{"N":"7"}]},)"
                             R"("address":{"M":{"city":{"S":"Bern"},"n":{"M":{"i":{"N":"1"}}}}})",
                    .members = R"("userIdentity":{"type":"Service","principalId":"p"})"};

TEST_F(MarshalledRecordTest, E64_AFilterMayAskForTheKindOfEvent) {
    expect(
        true, changed,
        {"{ eventName = ['MODIFY'] }", "{ eventName = ['INSERT', 'MODIFY'] }",
         "{ eventName = [{ prefix = 'MOD' }] }", "{ eventName = [{ anything-but = 'REMOVE' }] }"});
    expect(false, changed, {"{ eventName = ['INSERT'] }", "{ eventName = ['modify'] }"});
}

TEST_F(MarshalledRecordTest, E64_AFilterMayAskForWhoRemovedIt) {
    const std::string by_expiry =
        "{ userIdentity = { type = ['Service'], principalId = ['dynamodb.amazonaws.com'] } }";
    const Parts expired{
        .kind = "REMOVE",
        .before = "",
        .after = std::nullopt,
        .members = R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})"};
    const Parts removed{.kind = "REMOVE", .before = "", .after = std::nullopt, .members = {}};

    EXPECT_TRUE(is_taken(by_expiry, expired));
    EXPECT_FALSE(is_taken(by_expiry, removed));
    EXPECT_FALSE(is_taken(by_expiry, changed));
    EXPECT_TRUE(is_taken("{ userIdentity = { type = [{ exists = false }] } }", removed));
}

TEST_F(MarshalledRecordTest, E64_AFilterMayAskForKeysAndBothImages) {
    expect(true, changed,
           {"{ dynamodb = { Keys = { pk = { S = ['o-1'] } } } }",
            "{ dynamodb = { Keys = { pk = { S = [{ prefix = 'o-' }] } } } }",
            after("status = { S = ['OPEN'] }"),
            "{ dynamodb = { OldImage = { status = { S = ['NEW'] } } } }",
            "{ dynamodb = { OldImage = { minutes = { N = [{ exists = false }] } } } }",
            std::string("{ eventName = ['MODIFY'], dynamodb = { NewImage = ") +
                "{ status = { S = ['OPEN'] } }, OldImage = { status = { S = ['NEW'] } } } }"});
    expect(false, changed,
           {"{ dynamodb = { Keys = { pk = { S = ['o-2'] } } } }", after("status = { S = ['NEW'] }"),
            after("status = { N = [1] }"),
            "{ eventName = ['INSERT'], dynamodb = { NewImage = { status = { S = ['OPEN'] } } } }"});
}

TEST_F(MarshalledRecordTest, E64_NumbersAreComparedAsNumbers) {
    expect(true, changed,
           {after("minutes = { N = ['300'] }"), after("minutes = { N = [300] }"),
            after("minutes = { N = ['3.0e2'] }"),
            after("minutes = { N = [{ numeric = ['>', 299] }] }"),
            after("minutes = { N = [{ numeric = ['>=', 300, '<', 301] }] }"),
            after("minutes = { N = [{ anything-but = ['301'] }] }"),
            after("counts = { NS = ['2.5'] }")});
    expect(false, changed,
           {after("minutes = { N = ['301'] }"), after("minutes = { S = ['300'] }"),
            after("minutes = { N = [{ anything-but = ['300.0'] }] }"),
            after("counts = { NS = ['3'] }")});
}

TEST_F(MarshalledRecordTest, E64_EveryTypeStandsUnderItsTag) {
    expect(true, changed,
           {after("paid = { BOOL = [true] }"), after("gone = { NULL = [true] }"),
            after("tags = { SS = ['b'] }"), after("list = { L = { S = ['x'] } }"),
            after("list = { L = { N = ['7.0'] } }"),
            after("address = { M = { city = { S = ['Bern'] } } }"),
            after("address = { M = { n = { M = { i = { N = ['1'] } } } } }"),
            after("address = { M = [{ exists = true }] }")});
    expect(false, changed,
           {after("paid = { BOOL = [false] }"), after("tags = { SS = ['c'] }"),
            after("list = { L = { S = ['7'] } }"),
            after("address = { M = { city = { S = ['Basel'] } } }")});
}

TEST_F(MarshalledRecordTest, E64_FieldsAreAndedAndFiltersAreOred) {
    expect(true, changed,
           {"[{ eventName = ['INSERT'] }, { eventName = ['MODIFY'] }]",
            "[{ eventName = ['INSERT'] }, " + after("status = { S = ['OPEN'] }") + "]",
            "{ '$or' = [{ eventName = ['INSERT'] }, { eventName = ['MODIFY'] }] }"});
    expect(false, changed,
           {"[{ eventName = ['INSERT'] }, { eventName = ['REMOVE'] }]",
            "{ eventName = ['MODIFY'], userIdentity = { type = ['User'] } }"});
}

TEST_F(MarshalledRecordTest, E64_WhatIsMissingMatchesNothingButThat) {
    const Parts keys_only{.kind = "MODIFY", .after = std::nullopt, .members = {}};

    expect(true, keys_only,
           {after("status = { S = [{ exists = false }] }"),
            "{ dynamodb = { Keys = { pk = { S = ['o-1'] } } } }"});
    expect(false, keys_only,
           {after("status = { S = ['OPEN'] }"), after("status = { S = [{ anything-but = 'x' }] }"),
            after("status = { S = [{ exists = true }] }")});
}

TEST_F(MarshalledRecordTest, E64_AFilterMayAskForWhatTheSourceSentBesides) {
    const Parts sent{.kind = "INSERT",
                     .after = "",
                     .members = R"("awsRegion":"eu-west-1","eventID":"7","eventVersion":"1.1",)"
                                R"("eventSource":"aws:dynamodb")"};

    expect(
        true, sent,
        {"{ awsRegion = ['eu-west-1'] }", "{ eventID = ['7'] }", "{ eventVersion = ['1.1'] }",
         "{ eventSource = [{ prefix = 'aws:' }] }", "{ dynamodb = { SequenceNumber = ['1'] } }"});
    expect(false, sent, {"{ awsRegion = ['eu-west-2'] }"});
}

TEST_F(MarshalledRecordTest, WithoutAFilterEverythingIsTaken) {
    const support::FunctionLog log;
    const support::RecordMaker maker;

    EXPECT_TRUE(takes(log.function().filter, maker.record(log.catalog(), "orders", changed)));
}

}  // namespace
}  // namespace freshet::engine
