// What bench/harness/write_request.h promises, by example.

#include "bench/harness/write_request.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/harness/failure.h"
#include "bench/harness/order_text.h"

namespace freshet::bench {
namespace {

std::string record(ChangeKind kind) {
    std::string text;
    append_record(text, kind, {.order = 7, .version = 1}, 1);
    return text;
}

TEST(WriteRequest, HasTheImageOfTheRecord) {
    std::string key;
    append_order_key(key, 7);
    for (const ChangeKind kind : {ChangeKind::insert, ChangeKind::modify}) {
        const std::string request = write_request(record(kind), "X: y\r\n");
        EXPECT_TRUE(request.starts_with("PUT /tables/orders/items/" + key + " HTTP/1.1\r\n"))
            << request;
        EXPECT_NE(request.find("\r\nX: y\r\n"), std::string::npos);
        const std::string body = request.substr(request.find("\r\n\r\n") + 4);
        EXPECT_TRUE(body.starts_with(R"({"pk":{"S":")" + key + '"')) << body;
        EXPECT_TRUE(body.ends_with("Z\"}}")) << body;
        EXPECT_NE(record(kind).find(R"("NewImage":)" + body), std::string::npos);
        EXPECT_NE(request.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"),
                  std::string::npos);
    }
}

TEST(WriteRequest, OfARemovalIsADelete) {
    std::string key;
    append_order_key(key, 7);
    EXPECT_EQ(write_request(record(ChangeKind::remove)),
              "DELETE /tables/orders/items/" + key + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

TEST(WriteRequest, IsOfARecordOnly) {
    EXPECT_THROW(write_request("{}"), Failure);
}

}  // namespace
}  // namespace freshet::bench
