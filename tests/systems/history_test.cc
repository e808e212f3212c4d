// What has become of an item can be read for good: by pages, at any position, after any restart.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/readers/exposition.h"
#include "tests/readers/http_client.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

class HistoryTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    // Every change of a history, page by page.
    std::vector<JsonValue> changes(const std::string& path) {
        std::vector<JsonValue> found;
        std::string target = path;
        while (!target.empty()) {
            const HttpAnswer answer = system.get(target);
            EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
            if (answer.status != 200) break;
            const JsonValue page = json(answer.body);
            for (const JsonValue& change : page["changes"].elements()) found.push_back(change);
            const std::string link = answer.header("Link");
            target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
        }
        return found;
    }

    System system{orders_config};
};

// What a reader saw of the item at each position: status and body.
using Seen = std::map<std::uint64_t, std::pair<int, std::string>>;

TEST_F(HistoryTest, ShowsAtEveryPositionWhatAReaderSawThen) {
    const std::string item = "/tables/orders/items/a";
    Seen seen;
    const auto step = [&](const RecordText& record) {
        const std::uint64_t position = std::stoull(system.append(record.text())["position"].text());
        const HttpAnswer answer = system.get(item);
        seen[position] = {answer.status, answer.status == 200 ? answer.body : ""};
    };
    step(inserted("b", 1));
    step(inserted("a", 1, attribute("status", "NEW")));
    step(inserted("c", 1));
    step(modified("a", 2, attribute("status", "DONE") + "," + attribute("note", "x")));
    RecordText keys_only = removed("a", 3);
    keys_only.event_name = R"("MODIFY")";
    step(keys_only);
    step(removed("a", 4));
    step(modified("b", 2));
    step(inserted("a", 5, attribute("status", "AGAIN")));
    const auto compare = [&] {
        for (const auto& [position, then] : seen) {
            const HttpAnswer answer = system.get(item + "?at=" + std::to_string(position));
            EXPECT_EQ(answer.status, then.first) << position;
            EXPECT_EQ(answer.status == 200 ? answer.body : "", then.second) << position;
        }
    };

    compare();
    const auto told = changes(item + "/history?limit=2");
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(told.front()["position"].text(), "8");
    EXPECT_EQ(told.back()["position"].text(), "2");

    system.kill();
    ASSERT_TRUE(system.start());
    compare();
    EXPECT_EQ(changes(item + "/history"), told);

    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());
    compare();
    EXPECT_EQ(changes(item + "/history"), told);
}

TEST_F(HistoryTest, ASlashInAKeyIsData) {
    system.append(inserted("a/b", 1).text());
    system.append(inserted("history", 1).text());

    EXPECT_EQ(changes("/tables/orders/items/a%2Fb/history").size(), 1U);
    EXPECT_EQ(changes("/tables/orders/items/history?key=a/b").size(), 1U);
    EXPECT_EQ(changes("/tables/orders/items/history/history").size(), 1U);
    EXPECT_EQ(system.read("/tables/orders/items/history")["pk"].text(), "history");
    EXPECT_EQ(system.get("/tables/orders/items/a/b/history").status, 400);
}

TEST_F(HistoryTest, TellsARemovalByTheTimeToLive) {
    system.append(inserted("a", 1).text());
    RecordText expiry = removed("a", 2);
    expiry.more_outside =
        R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
    system.append(expiry.text());

    const auto told = changes("/tables/orders/items/a/history");

    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0]["expired"].text(), "true");
    EXPECT_EQ(told[0]["after"].type(), JsonValue::Type::null);
    EXPECT_FALSE(told[1]["expired"].exists());
}

TEST_F(HistoryTest, AReaderThatWaitsIsAnsweredByTheWriteItWaitsFor) {
    system.append(inserted("a", 1).text());
    support::HttpClient reader(system.process().port());
    reader.send(
        "GET /tables/orders/items/a?at=2&min_position=2&timeout_s=30 HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n");

    system.append(modified("a", 2, attribute("status", "DONE")).text());

    const auto answer = reader.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(json(answer->body)["status"].text(), "DONE");
}

TEST_F(HistoryTest, IsCountedUnderItsOwnRoute) {
    system.append(inserted("secret", 1).text());
    system.get("/tables/orders/items/secret/history");
    system.get("/tables/orders/items/nobody/history");
    system.get("/tables/orders/items/history");

    const support::Exposition metrics(system.get("/metrics").body);

    const auto requests = [&](const char* route, const char* code) {
        return metrics.value(
            "freshet_http_requests_total",
            support::Exposition::Labels{{"route", route}, {"method", "GET"}, {"code", code}});
    };
    EXPECT_EQ(requests("/tables/{table}/items/{key}/history", "200"), 1);
    EXPECT_EQ(requests("/tables/{table}/items/{key}/history", "404"), 1);
    EXPECT_EQ(requests("/tables/{table}/items/{key}", "404"), 1);
}

}  // namespace
}  // namespace freshet::systems
