// What a reader relies on: answers as of one moment, which say as of when they are and whether
// anything has changed, and being told when something cannot be had.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

class ReadingTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    System system{orders_config};
};

TEST_F(ReadingTest, AWriterCanReadItsWriteAtOnce) {
    const JsonValue receipt = system.append(inserted("a", 1).text());

    EXPECT_EQ(receipt["position"].text(), "1");
    EXPECT_EQ(receipt["results"][0],
              json(R"({"sequenceNumber":"1","position":1,"status":"appended"})"));
    const HttpAnswer answer = system.get("/views/order/a?min_position=1");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
}

TEST_F(ReadingTest, AMinimalAnswerLeavesOutTheResults) {
    const HttpAnswer answer =
        system.post(inserted("a", 1).text(), "/records", {"Prefer: return=minimal"});

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json(answer.body), json(R"({"position":1,"appended":1,"duplicates":0,"ignored":0,
                                          "batchItemFailures":[]})"));
    EXPECT_EQ(answer.header("Preference-Applied"), "return=minimal");
}

TEST_F(ReadingTest, AnItemThatHasNotChangedIsNotSentAgain) {
    system.append(inserted("a", 1).text());
    const std::string tag = system.get("/views/order/a").header("ETag");
    ASSERT_FALSE(tag.empty());
    system.append(inserted("b", 1).text());

    const HttpAnswer same = system.get("/views/order/a", {"If-None-Match: " + tag});
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.header("ETag"), tag);
    EXPECT_EQ(system.get("/views/order/a", {"If-None-Match: \"x\", W/" + tag}).status, 304);
    EXPECT_EQ(system.get("/views/order/a", {"If-None-Match: \"x\""}).status, 200);

    system.append(modified("a", 2, attribute("status", "DONE")).text());
    const HttpAnswer changed = system.get("/views/order/a", {"If-None-Match: " + tag});
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(json(changed.body)["status"].text(), "DONE");
    EXPECT_NE(changed.header("ETag"), tag);
}

TEST_F(ReadingTest, APageThatHasNotChangedIsNotSentAgain) {
    system.append(inserted("a", 1, attribute("creator", "ada")).text());
    const std::string tag = system.get("/views/my-orders/ada").header("ETag");

    system.append(inserted("b", 1, attribute("creator", "bob")).text());
    EXPECT_EQ(system.get("/views/my-orders/ada", {"If-None-Match: " + tag}).status, 304);

    system.append(inserted("c", 1, attribute("creator", "ada")).text());
    EXPECT_EQ(system.get("/views/my-orders/ada", {"If-None-Match: " + tag}).status, 200);
}

TEST_F(ReadingTest, ATagOfARemovedItemDoesNotHideItsAbsence) {
    system.append(inserted("a", 1).text());
    const std::string tag = system.get("/views/order/a").header("ETag");
    system.append(removed("a", 2).text());

    EXPECT_EQ(system.get("/views/order/a", {"If-None-Match: " + tag}).status, 404);
}

TEST_F(ReadingTest, APositionThatIsNotReachedInTimeIsSaid) {
    system.append(inserted("a", 1).text());

    for (const char* target : {"/views/order/a", "/views/all-orders", "/records"}) {
        const HttpAnswer answer =
            system.get(std::string(target) + "?min_position=2&timeout_s=0.05");

        EXPECT_EQ(answer.status, 504) << target;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
        EXPECT_EQ(answer.header("Freshet-Position"), "1");
    }
}

TEST_F(ReadingTest, AReaderThatWaitsIsAnsweredByTheWriteItWaitsFor) {
    system.append(inserted("a", 1).text());
    support::HttpClient reader(system.process().port());
    reader.send(
        "GET /views/order/b?min_position=2&timeout_s=30 HTTP/1.1\r\nHost: localhost\r\n\r\n");

    system.append(inserted("b", 1).text());

    const auto answer = reader.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->header("Freshet-Position"), "2");
}

TEST_F(ReadingTest, AnItemWithoutItsImageIsShownAsItWasAndMarked) {
    system.append(inserted("a", 1, attribute("status", "NEW")).text());
    RecordText keys_only = removed("a", 2);
    keys_only.event_name = R"("MODIFY")";
    system.append(keys_only.text());

    const HttpAnswer answer = system.get("/views/order/a");

    EXPECT_EQ(answer.header("Freshet-Stale"), "true");
    EXPECT_EQ(json(answer.body)["status"].text(), "NEW");
    system.append(modified("a", 3, attribute("status", "OLD")).text());
    EXPECT_EQ(system.get("/views/order/a").header("Freshet-Stale"), "");
}

TEST_F(ReadingTest, ARemovedItemDoesNotComeBackByRedelivery) {
    system.append(inserted("a", 1, attribute("creator", "ada")).text());
    system.append(removed("a", 2).text());

    const JsonValue receipt = system.append(inserted("a", 1, attribute("creator", "ada")).text());

    EXPECT_EQ(receipt["duplicates"].text(), "1");
    EXPECT_EQ(system.get("/views/order/a").status, 404);
    EXPECT_EQ(system.list("/views/my-orders/ada").size(), 0U);
    EXPECT_EQ(system.append(inserted("a", 3).text())["appended"].text(), "1");
    EXPECT_EQ(system.get("/views/order/a").status, 200);
}

TEST_F(ReadingTest, AnItemMovesToItsNewCreator) {
    system.append(inserted("a", 1, attribute("creator", "ada")).text());
    system.append(modified("a", 2, attribute("creator", "bob")).text());

    EXPECT_EQ(system.list("/views/my-orders/ada").size(), 0U);
    EXPECT_EQ(system.list("/views/my-orders/bob").size(), 1U);
}

TEST_F(ReadingTest, TheServerSaysThatItIsThere) {
    EXPECT_EQ(json(system.get("/livez").body), json(R"({"status":"ok"})"));
    EXPECT_EQ(json(system.get("/readyz").body), json(R"({"status":"ready","position":0})"));
    system.append(inserted("a", 1).text());
    EXPECT_EQ(json(system.get("/readyz").body)["position"].text(), "1");

    const JsonValue index = system.read("/");
    EXPECT_EQ(index["tables"][0]["name"].text(), "orders");
    EXPECT_EQ(index["views"].size(), 3U);
}

TEST_F(ReadingTest, APageOfAnotherSiteCannotReachTheServer) {
    support::HttpClient client(system.process().port());
    client.send("GET /records HTTP/1.1\r\nHost: attacker.example\r\n\r\n");

    const auto answer = client.read_answer();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 403);
}

TEST_F(ReadingTest, TheLogBehindItsEndIsEmpty) {
    system.append(inserted("a", 1).text());

    for (const char* after : {"1", "2", "18446744073709551615"}) {
        const JsonValue page = system.read(std::string("/records?after=") + after);

        EXPECT_EQ(page["Records"].size(), 0U);
        EXPECT_FALSE(page["next"].exists());
    }
}

}  // namespace
}  // namespace freshet::systems
