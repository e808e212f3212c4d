// A table of one of the examples, in its own configuration, and records for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/systems/orders.h"

namespace freshet::systems {

// The configuration of examples/NAME, on a port that the system chooses.
std::string example_config(const std::string& name);

// A change of the item with this `id` in the source table of that name, with these attributes
// besides the key in the image after; of a REMOVE, with the keys alone.
RecordText item_record(std::string_view table, std::string_view event_name, std::string_view id,
                       std::uint64_t sequence, std::string_view attributes = {});

}  // namespace freshet::systems
