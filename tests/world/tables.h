// The one shop that tests start from: its tables, as parts of a configuration file.
//
// A test puts together the parts it needs, a list after its table, and adds what is its own.
//
//     server_section + orders_table() + my_orders() + all_orders()
//
// Threads: any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/catalog/catalog.h"

namespace freshet::support {

// A server on any free port of loopback, and its data folder beside the configuration file.
inline const std::string server_section = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"
)";

// Table `orders`, key `pk`, with the item view `order` of id and status. `more` is lines of the
// table itself, such as its source.
std::string orders_table(std::string_view more = {});

// Lists of orders, each with the fields of view `order`: those of one creator; all; those that are
// not COMPLETED.
std::string my_orders(std::string_view sort = "createdAt desc");
std::string all_orders(std::string_view sort = "createdAt desc");
std::string open_orders(std::string_view sort = "createdAt desc");

// Table `notes`, key `pk` and the number `sk`, with the list `notes-of` by `pk`, the lowest `rank`
// first.
std::string notes_table(std::string_view more = {});

// Table `lines`, key `pk` and the number `sk`, with the item view `line` of all attributes.
std::string lines_table();

// Orders from `orders-source` with their lists `my-orders` and `open-orders`, and notes from
// `notes-source`.
std::shared_ptr<const engine::Catalog> small_catalog();

}  // namespace freshet::support
