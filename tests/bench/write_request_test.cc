// What bench/harness/write_request.h promises, by example.

#include "bench/harness/write_request.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "bench/harness/failure.h"
#include "bench/harness/order_text.h"

namespace freshet::bench {
namespace {

std::string record(ChangeKind kind, std::uint64_t order = 7) {
    std::string text;
    append_record(text, kind, {.order = order, .version = 1}, 1);
    return text;
}

std::string key_of(std::uint64_t order) {
    std::string key;
    append_order_key(key, order);
    return key;
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

TEST(WriteRequest, OfSeveralRecordsIsOneTransaction) {
    const std::array records = {record(ChangeKind::insert, 7), record(ChangeKind::modify, 8),
                                record(ChangeKind::remove, 9)};

    const std::string request = transaction_request(records);

    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    EXPECT_TRUE(request.starts_with("POST /transactions HTTP/1.1\r\n")) << request;
    EXPECT_NE(request.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"),
              std::string::npos);
    const auto put = [&](std::size_t i) {
        const OrderWrite write = write_of(records.at(i));
        return R"({"put":{"table":"orders","key":")" + std::string(write.key) + R"(","item":)" +
               std::string(write.image) + "}}";
    };
    EXPECT_EQ(body, R"({"writes":[)" + put(0) + ',' + put(1) +
                        R"(,{"delete":{"table":"orders","key":")" + key_of(9) + R"("}}]})");
}

TEST(WriteRequest, KnowsWhetherTheOrderIsNew) {
    EXPECT_TRUE(write_of(record(ChangeKind::insert)).is_new);
    EXPECT_FALSE(write_of(record(ChangeKind::modify)).is_new);
    EXPECT_TRUE(write_of(record(ChangeKind::remove)).image.empty());
    EXPECT_EQ(write_of(record(ChangeKind::modify)).key, key_of(7));
}

}  // namespace
}  // namespace freshet::bench
