// Orders, as a server that runs is told of them: its configuration, and records as text.
#pragma once

#include <string>

#include "tests/world/record_text.h"
#include "tests/world/tables.h"

namespace freshet::systems {

using support::attribute;
using support::event_of;
using support::inserted;
using support::json_text;
using support::modified;
using support::RecordText;
using support::removed;

// One table of orders, with an item view, a list for each creator and one of all.
inline const std::string orders_config = support::server_section + support::orders_table() +
                                         support::my_orders() + support::all_orders();

}  // namespace freshet::systems
