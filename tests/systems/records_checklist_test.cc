// The lines of tests/checklist.md about the records that come in, by their numbers.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/orders_checklist.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

TEST_F(OrdersChecklist, E46_ARecordOfALiveStreamIsKeptWithEveryField) {
    System users(data_file("samples/freshet.toml"));
    ASSERT_TRUE(users.start());
    const std::string body = data_file("samples/user-modify.json");

    const JsonValue receipt = users.append(body);

    EXPECT_EQ(receipt["results"][0]["sequenceNumber"].text(), "3633500000000062125042319");
    ASSERT_EQ(users.log().size(), 1U);
    EXPECT_EQ(users.log()[0].without({"position", "table"}), json(body)["Records"][0]);
}

TEST_F(OrdersChecklist, E46_SequenceNumbersCompareAsIntegersOfUpTo40Digits) {
    const auto post = [this](const std::string& number, const std::string& status) {
        RecordText record = modified("a", 1, attribute("status", status));
        record.sequence = "\"" + number + "\"";
        return system.append(record.text())["appended"].text();
    };

    EXPECT_EQ(post("9", "one digit"), "1");
    EXPECT_EQ(post("10", "two digits"), "1");
    EXPECT_EQ(post("9999999999999999999999999", "25 digits"), "1");
    EXPECT_EQ(post("10000000000000000000000000", "26 digits"), "1");
    EXPECT_EQ(post("1000000000000000000000000000000000000001", "40 digits"), "1");
    EXPECT_EQ(post("1000000000000000000000000000000000000000", "one less"), "0");
    EXPECT_EQ(system.read("/views/order/a")["status"].text(), "40 digits");
}

TEST_F(OrdersChecklist, E54_OneServerHoldsSeveralTablesToldApartByTheirSource) {
    const auto tables_of = [](const std::string& folder) {
        const std::string config = data_file(folder + "/freshet.toml");
        return config.substr(config.find("[[table]]"));
    };
    System all(shop_config + tables_of("users") + tables_of("notes"));
    ASSERT_TRUE(all.start());
    const auto record_of = [](const std::string& source, const std::string& name) {
        RecordText record;
        record.arn = "\"arn:aws:dynamodb:eu-west-1:123456789012:table/" + source + "/stream/1\"";
        record.keys = R"({"id":{"S":"1"}})";
        record.after = "{" + attribute("id", "1") + "," + attribute(name, source) + "}";
        return record.text();
    };

    all.append(event_of(inserted("1", 1, Order{}.attributes()).text() + "," +
                        record_of("users", "name") + "," + record_of("notes-plain", "title")));

    EXPECT_EQ(all.read("/views/order/1")["status"].text(), "WAITING ON CUSTOMER");
    EXPECT_EQ(all.read("/views/user/1")["name"].text(), "users");
    EXPECT_EQ(all.read("/views/note/1")["title"].text(), "notes-plain");
    for (const char* list : {"/views/all-orders", "/views/all-users", "/views/all-notes"}) {
        EXPECT_EQ(all.list(list).size(), 1U) << list;
    }
    EventReader reader(all.process().port(), from_earliest());
    EXPECT_EQ(reader.next_event().event, "new-order");
    EXPECT_EQ(reader.next_event().event, "user-added");
    EXPECT_EQ(reader.next_event().event, "note-added");
}

TEST_F(OrdersChecklist, E68_RecordsOfAllFourKindsOfStreamAreTaken) {
    const std::string image = R"({"pk":{"S":"KEY"},)" + Order{}.attributes() + "}";
    const auto record_of = [&](const std::string& key, const char* kind, bool after, bool before) {
        RecordText record = removed(key, ++sequence);
        record.event_name = kind;
        if (after) record.after = with(image, "KEY", key);
        if (before) record.before = with(image, "KEY", key);
        return record.text();
    };
    for (const char* key : {"both", "new", "old", "keys"}) {
        const bool after = key == std::string("both") || key == std::string("new");
        const bool before = key == std::string("both") || key == std::string("old");
        system.append(record_of(key, R"("INSERT")", after, false));
        system.append(record_of(key, R"("MODIFY")", after, before));
        EXPECT_EQ(status_of("/views/order/" + std::string(key)), after ? 200 : 404) << key;
        system.append(record_of(key, R"("REMOVE")", false, before));
        EXPECT_EQ(status_of("/views/order/" + std::string(key)), 404) << key;
    }

    EventReader reader = watch(from_earliest());
    for (const char* key : {"both", "new", "old", "keys"}) {
        const std::string id = std::string(R"({"id":")") + key + "\"}";
        const Frame added = reader.next_event();
        EXPECT_EQ(added.event + added.data, "new-order" + id);
        EXPECT_EQ(reader.next_event().event, "order-updated") << key;
        const Frame canceled = reader.next_event();
        EXPECT_EQ(canceled.event + canceled.data, "order-canceled" + id);
    }
}

TEST_F(OrdersChecklist, E69_ABatchIsAnsweredRecordByRecord) {
    insert("a", {});

    const JsonValue receipt =
        system.append(event_of(inserted("a", 1).text() + "," + inserted("b", 7).text()));

    EXPECT_EQ(receipt["appended"].text(), "1");
    EXPECT_EQ(receipt["duplicates"].text(), "1");
    EXPECT_EQ(receipt["results"], json(R"([{"sequenceNumber":"1","position":1,"status":"duplicate"},
                       {"sequenceNumber":"7","position":2,"status":"appended"}])"));
    EXPECT_EQ(receipt["batchItemFailures"], json("[]"));
}

TEST_F(OrdersChecklist, E69_TheFirstWrongRecordIsHandedBackAsAForwarderReturnsIt) {
    RecordText wrong = inserted("b", 8);
    wrong.event_name = R"("CHANGE")";

    const HttpAnswer answer = system.post(
        event_of(inserted("a", 7).text() + "," + wrong.text() + "," + inserted("c", 9).text()),
        "/records?partial=true");

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(json(answer.body)["batchItemFailures"], json(R"([{"itemIdentifier":"8"}])"));
    EXPECT_EQ(json(answer.body)["appended"].text(), "1");
    EXPECT_EQ(status_of("/views/order/a"), 200);
    EXPECT_EQ(status_of("/views/order/c"), 404);
}

TEST_F(OrdersChecklist, E70_ARemovalByExpiryIsMarked) {
    insert("a", {});
    insert("b", {});
    RecordText expiry = removed("a", 9);
    expiry.more_outside =
        R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
    system.append(expiry.text());
    RecordText by_hand = removed("b", 9);
    by_hand.more_outside = R"("userIdentity":{"type":"Service","principalId":"somebody.else"})";
    system.append(by_hand.text());

    const std::vector<JsonValue> log = system.log();
    ASSERT_EQ(log.size(), 4U);
    EXPECT_EQ(log[2]["expired"].text(), "true");
    EXPECT_EQ(log[2]["userIdentity"],
              json(R"({"type":"Service","principalId":"dynamodb.amazonaws.com"})"));
    for (const std::size_t i : {0U, 1U, 3U}) EXPECT_FALSE(log[i]["expired"].exists()) << log[i];
    EXPECT_EQ(log[3]["userIdentity"]["principalId"].text(), "somebody.else");
    EXPECT_EQ(events_until_now("type=order-canceled&type=order-status-updated").size(), 2U);
}

}  // namespace
}  // namespace freshet::systems
