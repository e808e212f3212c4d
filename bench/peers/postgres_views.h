// The views of the shop in PostgreSQL, kept by a trigger: the order as the staff sees it, a
// customer's orders, and the board.
//
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace freshet::bench {

// What makes the tables of the views. The staff's view has all that the customer's has, so one
// table serves both. A list is a table with an index in its order; the board's holds only what is
// not completed.
extern const std::string_view view_tables;

// What lets a table keep them, which is there: `when` is "insert" or more of such, `key` an order's
// key in SQL, and `image` the order as DynamoDB has it, in jsonb: null if it is removed.
std::string view_trigger(std::string_view table, std::string_view when, std::string_view key,
                         std::string_view image);

}  // namespace freshet::bench
