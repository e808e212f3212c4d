// A record of an order as the direct write that leads to the same: PUT of its image, as DynamoDB
// has it, or DELETE; by itself, or with others in a transaction.
//
// Threads: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace freshet::bench {

// What a record writes; parts of its text.
struct OrderWrite {
    std::string_view key;
    std::string_view image = {};  // empty: the order is removed
    bool is_new = false;
};

// `record` is one that append_record() has written.
OrderWrite write_of(std::string_view record);

// `headers` are more lines.
std::string write_request(std::string_view record, std::string_view headers = {});

// The records are of different orders.
std::string transaction_request(std::span<const std::string> records);

}  // namespace freshet::bench
