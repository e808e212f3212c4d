// An order of the pizza shop as text: its key, its image, and the record of a change.
//
// An order is a number, and each of its versions is a number: the same two give the same image at
// any time. So nothing has to be kept of an order but its version, and the image before a change is
// exactly the one after the change before it.
//
// All of it is in the form in which DynamoDB Streams hands records to a Lambda function. Over the
// lives of many orders, a record takes about 1,257 bytes.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::bench {

// The versions of an order's life, one change each. Beyond the last, it is opened again.
inline constexpr std::uint32_t versions_of_a_life = 5;
inline constexpr std::size_t order_key_bytes = 36;

struct OrderVersion {
    std::uint64_t order = 0;    // below 2^48
    std::uint32_t version = 0;  // 0: as it was placed
    // When its time is over, in seconds since 1970; 0: it has no `expiresAt`.
    std::uint64_t expires_at = 0;
};

enum class ChangeKind : std::uint8_t { insert, modify, remove };

// "WAITING ON CUSTOMER" and so on.
std::string_view status_of(std::uint32_t version);

// Appends the key of an order. Keys of orders that follow each other have nothing in common but
// their ends.
void append_order_key(std::string& out, std::uint64_t order);

// Appends who has ordered, one of the customers.
inline constexpr std::uint64_t customers = 1'000;
void append_customer(std::string& out, std::uint64_t customer);

// The order of a key that append_order_key() has written.
std::uint64_t order_of_key(std::string_view key);

// Appends the record, without a line's end. `to` is what the order becomes; of a removal, what it
// was. The image before is that of the version before `to`.
void append_record(std::string& out, ChangeKind kind, OrderVersion to, std::uint64_t sequence);

}  // namespace freshet::bench
