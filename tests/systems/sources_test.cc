// From which source table a table takes its records, and keys of other types than text.

#include <gtest/gtest.h>

#include <string>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

constexpr const char* single_table_config = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"

[[table]]
name  = "customers"
key   = ["tenant", "id"]
from  = "single"
where = { id = [{ prefix = "CUSTOMER#" }] }

[[table.list]]
name   = "customers-of"
by     = "tenant"
sort   = "name"
fields = ["*"]

[[table]]
name  = "tickets"
key   = ["tenant", "id"]
from  = "single"
where = { id = [{ prefix = "TICKET#" }] }

[[table.view]]
name   = "ticket"
fields = ["*"]

[[table]]
name = "meters"
key  = ["serial number", "day binary"]
from = "meters"

[[table.view]]
name   = "meter"
fields = ["serial", "value"]
)";

std::string record_from(const std::string& source, const std::string& keys,
                        const std::string& image) {
    RecordText record;
    record.arn = json_text("arn:aws:dynamodb:eu-west-1:1:table/" + source + "/stream/2026-11-20");
    record.keys = keys;
    record.after = image;
    return record.text();
}

std::string single_record(const std::string& id) {
    const std::string key = R"("tenant":{"S":"t"},"id":{"S":)" + json_text(id) + "}";
    return record_from("single", "{" + key + "}", "{" + key + R"(,"name":{"S":"x"}})");
}

TEST(SourceTest, OneSourceTableFeedsSeveralTables) {
    System system(single_table_config);
    ASSERT_TRUE(system.start());

    const JsonValue receipt =
        system.append(event_of(single_record("TICKET#1") + "," + single_record("INVOICE#1") + "," +
                               single_record("CUSTOMER#1")));

    EXPECT_EQ(receipt["appended"].text(), "2");
    EXPECT_EQ(receipt["ignored"].text(), "1");
    EXPECT_EQ(receipt["results"][1], json(R"({"sequenceNumber":"900","status":"ignored"})"));
    EXPECT_EQ(receipt["results"][2]["status"].text(), "appended");
    EXPECT_EQ(system.read("/views/ticket/t/TICKET%231")["name"].text(), "x");
    EXPECT_EQ(system.list("/views/customers-of/t").size(), 1U);
    EXPECT_EQ(system.get("/views/ticket/t/CUSTOMER%231").status, 404);
    EXPECT_EQ(system.log().size(), 2U);
    EXPECT_EQ(system.read("/records?table=tickets")["Records"].size(), 1U);
}

TEST(SourceTest, AnUnknownSourceIsAFaultThatNamesTheKnownOnes) {
    System system(single_table_config);
    ASSERT_TRUE(system.start());

    const HttpAnswer answer =
        system.post(record_from("nobody", R"({"tenant":{"S":"t"}})", R"({"tenant":{"S":"t"}})"));

    EXPECT_EQ(answer.status, 422);
    const std::string detail = json(answer.body)["errors"][0]["detail"].text();
    EXPECT_NE(detail.find("single"), std::string::npos) << detail;
    EXPECT_NE(detail.find("meters"), std::string::npos) << detail;
}

// 7.50 and 7.5 are one number, so they name one item; a binary is written in base64url in a path.
TEST(SourceTest, NumbersAndBinariesAreKeysToo) {
    System system(single_table_config);
    ASSERT_TRUE(system.start());
    const std::string keys = R"("serial":{"N":"7.50"},"day":{"B":"+/8="})";

    system.append(record_from("meters", "{" + keys + "}", "{" + keys + R"(,"value":{"N":"1.0"}})"));

    for (const char* key : {"7.5/-_8", "7.50/-_8", "75e-1/-_8"}) {
        EXPECT_EQ(system.read(std::string("/views/meter/") + key),
                  json(R"({"serial":7.50,"value":1.0})"))
            << key;
    }
    EXPECT_EQ(system.get("/views/meter?key=7.5&key=-_8").status, 200);
    EXPECT_EQ(system.get("/views/meter/7.51/-_8").status, 404);
    EXPECT_EQ(system.get("/views/meter/seven/-_8").status, 400);
    EXPECT_EQ(system.get("/views/meter/7.5/+%2F8=").status, 400);
}

}  // namespace
}  // namespace freshet::systems
